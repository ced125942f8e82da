import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** For so long somebody can look up who did what. */
const KEPT = Duration.days(400);
const MIN_TLS = 1.2;

/**
 * A trail of who changes what in the environment's region: without one EventBridge hears of no call. It
 * logs writes of management events only, of which an account's first copy costs nothing, and can be
 * checked against what was added to or taken from it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export class ChangeTrail extends Construct {
  constructor(scope: Construct, id: string, trailName: string) {
    super(scope, id);
    const bucket = new s3.Bucket(this, 'Bucket', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: MIN_TLS,
      versioned: true,
      lifecycleRules: [
        { id: 'ForgetOldNews', expiration: KEPT, noncurrentVersionExpiration: Duration.days(30) },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(
      bucket,
      'S1',
      'it is the log itself; who reads it is in the trail’s own data events',
    );
    const trail = new cloudtrail.Trail(this, 'Trail', {
      trailName,
      bucket,
      managementEvents: cloudtrail.ReadWriteType.WRITE_ONLY,
      // Bucket and key of every cluster are in this region, and so are their events.
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      enableFileValidation: true,
    });
    trail.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }
}
