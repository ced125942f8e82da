/** What a notification is about. */
export interface Notified {
  readonly key: string;
  readonly type?: 'Object Tags Added' | 'Object Tags Deleted' | 'Object Deleted';
  readonly time?: string;
  readonly detail?: object;
}

/** What S3 says of an object, in the form in which EventBridge puts it into a queue. */
export function bucketMessage({
  key,
  type = 'Object Tags Added',
  time = '2026-12-01T05:10:00Z',
  detail = {},
}: Notified): object {
  const bucket = 'holdfast-prod-orders-111111111111';
  return {
    version: '0',
    id: '2ee9cc15-d022-99ea-1fb8-1b1bac4850f9',
    'detail-type': type,
    source: 'aws.s3',
    account: '111111111111',
    time,
    region: 'eu-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, etag: 'd41d8cd98f00b204e9800998ecf8427e', 'version-id': '1QW9g1Z99LUNbv' },
      'request-id': '0BH729840619AG5K',
      requester: '111111111111',
      'source-ip-address': '203.0.113.9',
      ...detail,
    },
  };
}
