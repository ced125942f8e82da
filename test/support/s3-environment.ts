/** Says where test stores are made; see {@link s3Environment}. */
const PLACE = 'HOLDFAST_TEST_STORE';
const S3 = 's3';

/**
 * The environment in which this process, and each one that it starts, keeps test stores in the S3
 * server at `endpoint`.
 */
export function s3Environment(endpoint: string): Readonly<Record<string, string>> {
  return {
    [PLACE]: S3,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    // Set for somebody's own account, it would win.
    AWS_PROFILE: '',
  };
}

/** Whether test stores are made in S3. */
export function isInS3(): boolean {
  return process.env[PLACE] === S3;
}

/** What a program needs to find test stores: nothing as long as they are folders. */
export function storeEnvironment(): Readonly<Record<string, string>> {
  const endpoint = process.env['AWS_ENDPOINT_URL_S3'];
  return isInS3() && endpoint !== undefined ? s3Environment(endpoint) : {};
}
