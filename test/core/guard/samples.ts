/** What CloudTrail says of calls, in the form in which EventBridge hands it over. */

export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';
export const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
export const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KEY_ID}`;
export const BUCKET = `holdfast-prod-orders-${ACCOUNT}`;
export const ADMIN_ROLE = `arn:aws:iam::${ACCOUNT}:role/Admin`;
export const ROLES = {
  deployment: `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-${REGION}`,
  proof: `arn:aws:iam::${ACCOUNT}:role/holdfast-prod-orders-watch-GuardProveGuardRole0A1B2C3D`,
} as const;

/** Who calls. */
export interface Caller {
  readonly role: string;
  readonly sourceIp?: string;
  readonly via?: string;
}

export const PERSON: Caller = { role: ADMIN_ROLE };
export const DEPLOYMENT: Caller = {
  role: ROLES.deployment,
  sourceIp: 'cloudformation.amazonaws.com',
  via: 'cloudformation.amazonaws.com',
};

/** What is called. */
export interface Call {
  readonly service: string;
  readonly name: string;
  readonly request: object | null;
  readonly resources?: readonly string[];
  readonly errorCode?: string;
}

/** The event about a call. */
export function trailEvent(
  { service, name, request, resources = [], errorCode }: Call,
  { role, sourceIp = '203.0.113.9', via }: Caller = PERSON,
) {
  const name_ = role.slice(role.lastIndexOf('/') + 1);
  return {
    version: '0',
    id: '36eb8523-97d0-4518-b33d-ee3579ff19f0',
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${service}`,
    account: ACCOUNT,
    time: '2026-12-01T05:10:07Z',
    region: REGION,
    resources: [],
    detail: {
      eventVersion: '1.11',
      userIdentity: {
        type: 'AssumedRole',
        principalId: 'AROAEXAMPLE:alice',
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name_}/alice`,
        accountId: ACCOUNT,
        accessKeyId: 'ASIAEXAMPLE',
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: 'AROAEXAMPLE',
            arn: role,
            accountId: ACCOUNT,
            userName: name_,
          },
          attributes: { creationDate: '2026-12-01T05:00:00Z', mfaAuthenticated: 'false' },
        },
        ...(via !== undefined && { invokedBy: via }),
      },
      eventTime: '2026-12-01T05:10:00Z',
      eventSource: `${service}.amazonaws.com`,
      eventName: name,
      awsRegion: REGION,
      sourceIPAddress: sourceIp,
      userAgent: 'aws-cli/2.31.0',
      ...(errorCode !== undefined && { errorCode, errorMessage: 'User: … is not authorized' }),
      requestParameters: request,
      responseElements: null,
      requestID: '8dbc93c3-34e9-41fc-9bb4-72d84ab8f4c2',
      eventID: '2f71316e-829b-4816-9202-797c00ffdf53',
      readOnly: false,
      resources: resources.map((ARN) => ({ accountId: ACCOUNT, ARN })),
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: ACCOUNT,
      eventCategory: 'Management',
    },
  };
}

/** A call on the cluster's key. */
export function keyCall(name: string, request: object = {}): Call {
  return { service: 'kms', name, request: { keyId: KEY_ID, ...request }, resources: [KEY_ARN] };
}

/** A call on the archive's bucket. */
export function bucketCall(name: string, request: object = {}): Call {
  const host = `${BUCKET}.s3.${REGION}.amazonaws.com`;
  const resources = [`arn:aws:s3:::${BUCKET}`];
  return {
    service: 's3',
    name,
    request: { bucketName: BUCKET, Host: host, ...request },
    resources,
  };
}

/** The harmless call by which the guard is proven. */
export const PROOF = keyCall('TagResource', {
  keyId: KEY_ARN,
  tags: [{ tagKey: 'holdfast-guard-proof', tagValue: '2026-12-01T05:00:00.000Z' }],
});
