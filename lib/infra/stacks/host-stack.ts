import { CfnElement, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct, IConstruct } from 'constructs';
import type { z } from 'zod';
import type { HostConfig } from '../../core/config/host-config.ts';
import {
  CLUSTER_TAG,
  clusterParameters,
  POOLER_PORT,
  POSTGRES_PORT,
} from '../../core/contract/deployed-names.ts';
import { acknowledge } from '../acknowledge.ts';
import { allow } from '../allow.ts';
import { type ClusterScope, clusterStackProps, hostName } from '../cluster-scope.ts';
import { bootloader } from '../host/bootloader.ts';
import { hostAccess } from '../host/host-access.ts';
import { HostBundle } from '../host/host-bundle.ts';
import { HostLaunchTemplate } from '../host/launch-template.ts';
import { HoldfastImage } from '../image/holdfast-image.ts';
import { SynthError } from '../synth-error.ts';
import type { DataStack } from './data-stack.ts';
import type { NetworkStack } from './network-stack.ts';

/** Props of {@link HostStack}. */
export interface HostStackProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
}

/** Recovery may take longer than CloudFormation can wait; the host signals once it has begun. */
const START_TIMEOUT = Duration.hours(1);
/** A host that replays its WAL is not ill. */
const HEALTH_GRACE = Duration.hours(1);

/** The machine that PostgreSQL runs on: an Auto Scaling group of one, whose volume is the data stack's. */
export class HostStack extends Stack {
  readonly group: autoscaling.AutoScalingGroup;
  readonly securityGroup: ec2.SecurityGroup;
  readonly image: HoldfastImage;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: HostStackProps) {
    super(scope, id, clusterStackProps(props, 'host', 'the machine that PostgreSQL runs on'));
    const { cluster, environment, network, availabilityZone } = props;
    const parameters = clusterParameters(environment, cluster.id);
    this.image = new HoldfastImage(this, 'Image', props);
    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.securityGroup = this.defineSecurityGroup(props);
    const bundle = new HostBundle(this, 'Bundle');
    const role = this.defineRole(props, bundle);
    const template = new HostLaunchTemplate(this, 'LaunchTemplate', {
      instanceType: cluster.instance.type,
      amiParameter: parameters.ami,
      userData: bootloader(parameters.hostBundle, this.region),
      role,
      securityGroup: this.securityGroup,
    });
    this.group = new autoscaling.AutoScalingGroup(this, 'Group', {
      vpc: network.vpc,
      vpcSubnets: { subnets: [network.subnetIn(availabilityZone)] },
      launchTemplate: template,
      // Never two that reach for the same volume.
      minCapacity: 1,
      maxCapacity: 1,
      healthChecks: autoscaling.HealthChecks.ec2({ gracePeriod: HEALTH_GRACE }),
      groupMetrics: [autoscaling.GroupMetrics.all()],
      signals: autoscaling.Signals.waitForCount(1, { timeout: START_TIMEOUT }),
    });
    const written = this.defineParameters(props, bundle);
    // The first instance reads them while the rest of the stack is still being made.
    this.group.node.addDependency(role, ...written);
    acknowledge(this.group, 'AS3', 'launches come to follow-host as events, and HostMissing pages');
    Tags.of(this.group).add(CLUSTER_TAG, clusterTag(props));
  }

  private defineSecurityGroup({ network, cluster }: HostStackProps): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: `PostgreSQL of ${cluster.id}`,
      allowAllOutbound: false,
    });
    // Routes bound it: without NAT they lead to S3 and to the network's endpoints only.
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS services');
    const ports = cluster.pooler.enabled ? [POSTGRES_PORT, POOLER_PORT] : [POSTGRES_PORT];
    for (const cidr of clientCidrs(network, cluster.clientCidrs)) {
      for (const port of ports) {
        group.addIngressRule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), 'clients');
      }
    }
    return group;
  }

  private defineParameters(props: HostStackProps, bundle: HostBundle): IConstruct[] {
    const { cluster, environment, data, network, availabilityZone } = props;
    const names = clusterParameters(environment, cluster.id);
    const config: z.input<typeof HostConfig> = {
      environment,
      cluster: cluster.id,
      image: this.image.imageUri,
      major: cluster.postgres.major,
      store: data.vault.storeUrl,
      kmsKey: data.key.keyArn,
      ...(cluster.envelope && { envelopeKey: data.key.keyArn }),
      volumeId: data.volume.volumeId,
      hostName: hostName(props),
      clientCidrs: clientCidrs(network, cluster.clientCidrs),
      taskCidrs: [network.cidrIn(availabilityZone)],
      roleSecrets: Object.fromEntries(
        Object.entries(data.secrets).map(([role, { secretArn }]) => [role, secretArn]),
      ),
      authoritySecret: data.authority.ref,
      caParameter: names.ca,
      settings: cluster.postgres.settings,
      pooler: cluster.pooler,
      onLostData: cluster.onLostData,
      window: cluster.maintenanceWindow,
      logGroup: this.logGroup.logGroupName,
      // By its id in the template: the group waits for this parameter, so it cannot be referred to.
      signal: { stack: this.stackName, resource: logicalId(this.group) },
    };
    return [
      new ssm.StringParameter(this, 'BundleParameter', {
        parameterName: names.hostBundle,
        description: 'What the host fetches, verifies and runs when it boots',
        stringValue: bundle.reference,
      }),
      new ssm.StringParameter(this, 'ConfigParameter', {
        parameterName: names.hostConfig,
        description: 'What the host is told about its cluster',
        // Beyond 4 KB, which many settings take, another tier holds twice as much.
        tier: ssm.ParameterTier.INTELLIGENT_TIERING,
        stringValue: this.toJsonString(config),
      }),
      new ssm.StringParameter(this, 'AmiParameter', {
        parameterName: names.ami,
        description: 'Machine image of the next host that is launched',
        dataType: ssm.ParameterDataType.AWS_EC2_IMAGE,
        stringValue: cluster.instance.ami ?? newestAmi(cluster.instance.architecture),
      }),
    ];
  }

  private defineRole(props: HostStackProps, bundle: HostBundle): iam.Role {
    const { data, environment, cluster } = props;
    const names = clusterParameters(environment, cluster.id);
    const parameterArn = (name: string): string =>
      this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: `Holdfast: the host of ${environment}/${cluster.id}`,
    });
    const statements = [
      ...hostAccess({
        partition: this.partition,
        region: this.region,
        account: this.account,
        volumeArn: this.formatArn({
          service: 'ec2',
          resource: 'volume',
          resourceName: data.volume.volumeId,
        }),
        keyArn: data.key.keyArn,
        clusterTag: clusterTag(props),
        readParameterArns: [names.hostBundle, names.hostConfig, names.ca].map(parameterArn),
        writeParameterArns: [parameterArn(names.ca)],
        secretArns: Object.values(data.secrets).map(({ secretArn }) => secretArn),
        authorityArn: data.authority.ref,
        logGroupArn: this.logGroup.logGroupArn,
        stackArn: this.formatArn({
          service: 'cloudformation',
          resource: 'stack',
          resourceName: `${this.stackName}/*`,
        }),
      }),
      ...data.vault.access('archive'),
      ...this.image.pull(),
      bundle.read(),
    ];
    allow(
      role,
      statements,
      'sessions, volumes and the registry’s login know no resources; the instance is told by its tag, objects by the prefixes that an agent writes',
    );
    return role;
  }
}

/** What a construct's resource is called in its template. */
function logicalId(construct: Construct): string {
  const { defaultChild } = construct.node;
  if (CfnElement.isCfnElement(defaultChild)) return Stack.of(construct).getLogicalId(defaultChild);
  throw new SynthError(
    construct,
    'HOST-SIGNAL',
    'it has no resource that could wait for a sign',
    'give it one',
  );
}

function clusterTag({ environment, cluster }: ClusterScope): string {
  return `${environment}/${cluster.id}`;
}

/** Those named, else the whole network. */
function clientCidrs(network: NetworkStack, named: readonly string[] | undefined): string[] {
  return named === undefined ? [network.cidr] : [...named];
}

/**
 * The newest image that has docker, looked up when the parameter is first made: a deployment later does
 * not move it.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
 */
function newestAmi(architecture: 'arm64' | 'x86_64'): string {
  const folder = architecture === 'arm64' ? 'arm64/' : '';
  return `{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/${folder}recommended/image_id}}`;
}
