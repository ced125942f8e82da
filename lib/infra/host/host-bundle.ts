import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3Assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { create } from 'tar';
import { outputPath } from '../output-path.ts';

const SOURCE = join(import.meta.dirname, 'bundle');

/** What the host runs at boot: one file in S3, whose hash is known beforehand. */
export class HostBundle extends Construct {
  /** As the bootloader reads it: where it is, and its SHA-256. */
  readonly reference: string;
  private readonly asset: s3Assets.Asset;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const file = outputPath(this, 'host-bundle.tar');
    packBundle(file);
    this.asset = new s3Assets.Asset(this, 'Asset', { path: file });
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    this.reference = `${this.asset.s3ObjectUrl} ${sha256}`;
  }

  /** To fetch the bundle, and nothing else from its bucket. */
  read(): iam.PolicyStatement {
    const { bucket, s3ObjectKey } = this.asset;
    return new iam.PolicyStatement({
      sid: 'FetchTheBundle',
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects(s3ObjectKey)],
    });
  }
}

/** Writes the bundle's tar: the same files give the same bytes, wherever and whenever they are packed. */
export function packBundle(file: string): void {
  const entries = readdirSync(SOURCE, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // Named one by one: a folder's own order differs from one file system to the next.
  const names = files
    .map(({ parentPath, name }) => relative(SOURCE, join(parentPath, name)))
    .sort();
  create({ file, cwd: SOURCE, portable: true, sync: true, mtime: new Date(0) }, names);
}
