import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { stackEnvironment, zoneName } from '../cluster-scope.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { NamedDeployment } from '../deployment/parse-deployments.ts';
import { type ExistingNetwork, isExisting, SUBNET_BITS } from '../deployment/network.ts';
import { SynthError } from '../synth-error.ts';

/** What isolated machines call, and who calls it. docs/costs.md has what each costs. */
const ENDPOINTS = {
  EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Ssm: ec2.InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  // The host attaches its volume itself, and tells CloudFormation that it has started.
  Ec2: ec2.InterfaceVpcEndpointAwsService.EC2,
  CloudFormation: ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
} as const;

/** What is called besides where an archive is sealed. All else that uses a key has a service call it. */
const SEALING_ENDPOINTS = { Kms: ec2.InterfaceVpcEndpointAwsService.KMS } as const;

/** The network that an environment's clusters share, and nothing else of them. */
export class NetworkStack extends Stack {
  readonly vpc: ec2.IVpc;
  readonly zone: route53.PrivateHostedZone;
  /** The network's addresses. */
  readonly cidr: string;
  private readonly zones: readonly string[];
  private readonly subnets: ReadonlyMap<string, ec2.ISubnet>;

  constructor(scope: Construct, id: string, { name, deployment }: NamedDeployment) {
    super(scope, id, {
      stackName: `holdfast-${name}-network`,
      description: `Holdfast ${name}: network`,
      env: stackEnvironment(deployment),
      terminationProtection: deployment.terminationProtection,
    });
    const { network, availabilityZones } = deployment;
    this.zones = availabilityZones;
    this.cidr = network.cidr;
    if (isExisting(network)) {
      this.vpc = this.importVpc(network);
      this.subnets = this.importSubnets(network);
    } else {
      const usesEndpoints = network.egress === 'endpoints';
      const vpc = this.createVpc(network.cidr, usesEndpoints);
      const subnets = usesEndpoints ? vpc.isolatedSubnets : vpc.privateSubnets;
      this.vpc = vpc;
      this.subnets = new Map(subnets.map((subnet) => [subnet.availabilityZone, subnet]));
      if (usesEndpoints) this.addEndpoints(deployment);
    }
    this.zone = new route53.PrivateHostedZone(this, 'Zone', {
      zoneName: zoneName(name),
      vpc: this.vpc,
    });
  }

  /** From the file: to ask AWS would take an account at synthesis. */
  override get availabilityZones(): string[] {
    return [...this.zones];
  }

  /** The subnet for machines in `zone`. */
  subnetIn(zone: string): ec2.ISubnet {
    const subnet = this.subnets.get(zone);
    if (subnet !== undefined) return subnet;
    throw new SynthError(
      this,
      'NETWORK-ZONE',
      `there is no subnet in ${zone}`,
      'name one of the network’s zones for the cluster',
    );
  }

  /** Addresses of the machines in `zone`: those of its subnet, or of the network where it was there before. */
  cidrIn(zone: string): string {
    const subnet = this.subnetIn(zone);
    return subnet instanceof ec2.Subnet ? subnet.ipv4CidrBlock : this.cidr;
  }

  private createVpc(cidr: string, isIsolated: boolean): ec2.Vpc {
    const rejected = new logs.LogGroup(this, 'RejectedTraffic', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      natGateways: isIsolated ? 0 : 1,
      subnetConfiguration: isIsolated
        ? [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: SUBNET_BITS }]
        : [
            {
              name: 'private',
              subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS,
              cidrMask: SUBNET_BITS,
            },
            {
              name: 'public',
              subnetType: ec2.SubnetType.PUBLIC,
              cidrMask: SUBNET_BITS,
              mapPublicIpOnLaunch: false,
            },
          ],
      // Costs nothing, and keeps the archive's bytes off every other path.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
      // Nothing uses the default group; to empty it takes a function with rights on every group.
      restrictDefaultSecurityGroup: false,
      flowLogs: {
        Rejected: {
          trafficType: ec2.FlowLogTrafficType.REJECT,
          destination: ec2.FlowLogDestination.toCloudWatchLogs(rejected),
        },
      },
    });
  }

  /** In the zones of the clusters only: each endpoint is paid by the hour and zone. */
  private addEndpoints({ clusters }: Deployment): void {
    const callers = new ec2.SecurityGroup(this, 'Endpoints', {
      vpc: this.vpc,
      description: 'AWS services, for machines in this network',
      allowAllOutbound: false,
    });
    callers.addIngressRule(ec2.Peer.ipv4(this.cidr), ec2.Port.tcp(443), 'HTTPS');
    const zones = new Set(clusters.map((one) => one.availabilityZone ?? this.zones[0] ?? ''));
    const subnets = [...zones].map((zone) => this.subnetIn(zone));
    const isSealed = clusters.some(({ envelope }) => envelope);
    const called = { ...ENDPOINTS, ...(isSealed && SEALING_ENDPOINTS) };
    for (const [id, service] of Object.entries(called)) {
      new ec2.InterfaceVpcEndpoint(this, id, {
        vpc: this.vpc,
        service,
        subnets: { subnets },
        securityGroups: [callers],
        open: false,
      });
    }
  }

  private importVpc({ vpcId, cidr, subnets }: ExistingNetwork): ec2.IVpc {
    return ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      vpcCidrBlock: cidr,
      availabilityZones: subnets.map(({ availabilityZone }) => availabilityZone),
      isolatedSubnetIds: subnets.map(({ subnetId }) => subnetId),
      isolatedSubnetRouteTableIds: subnets.map(({ routeTableId }) => routeTableId),
    });
  }

  private importSubnets({ subnets }: ExistingNetwork): ReadonlyMap<string, ec2.ISubnet> {
    return new Map(
      subnets.map(({ subnetId, availabilityZone, routeTableId }) => [
        availabilityZone,
        ec2.Subnet.fromSubnetAttributes(this, `Subnet-${subnetId}`, {
          subnetId,
          availabilityZone,
          routeTableId,
        }),
      ]),
    );
  }
}
