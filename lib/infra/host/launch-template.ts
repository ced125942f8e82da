import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Props of {@link HostLaunchTemplate}. */
export interface HostLaunchTemplateProps {
  readonly instanceType: string;
  /** Name of the SSM parameter that holds the id of the machine image. */
  readonly amiParameter: string;
  readonly userData: ec2.UserData;
  readonly role: iam.IRole;
  readonly securityGroup: ec2.ISecurityGroup;
}

const ROOT_GIB = 30;

/**
 * How a host is launched. It changes with the type of the instance and with nothing else that is
 * deployed; a machine that runs is never touched by it.
 */
export class HostLaunchTemplate extends ec2.LaunchTemplate {
  constructor(scope: Construct, id: string, props: HostLaunchTemplateProps) {
    const { instanceType, amiParameter, userData, role, securityGroup } = props;
    super(scope, id, {
      instanceType: new ec2.InstanceType(instanceType),
      machineImage: ec2.MachineImage.resolveSsmParameterAtLaunch(amiParameter),
      userData,
      role,
      securityGroup,
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
      // A container on a network of its own is a hop away: none gets the instance's credentials.
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          // No data there. The account's own key: the service that launches may not use another.
          volume: ec2.BlockDeviceVolume.ebs(ROOT_GIB, {
            volumeType: ec2.EbsDeviceVolumeType.GP3,
            encrypted: true,
            deleteOnTermination: true,
          }),
        },
      ],
    });
  }
}
