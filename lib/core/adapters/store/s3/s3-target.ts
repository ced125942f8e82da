/** Where in S3 a store is. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** An object, as every request names it. */
export interface S3Target {
  readonly Bucket: string;
  readonly Key: string;
  /** @default - the newest */
  readonly VersionId?: string | undefined;
}
