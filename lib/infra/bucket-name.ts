/** What tells the bucket of one cluster's archive from all others. */
export interface BucketOwner {
  readonly environment: string;
  readonly deployment: { readonly account: string };
  readonly cluster: { readonly id: string };
}

/** Name of the bucket that a cluster's archive is in: no other account has it. */
export function bucketName({ environment, deployment, cluster }: BucketOwner): string {
  return `holdfast-${environment}-${cluster.id}-${deployment.account}`;
}

/** Name of the bucket that the copy of that archive is in, in another region. */
export function copyBucketName(owner: BucketOwner): string {
  return `${bucketName(owner)}-copy`;
}
