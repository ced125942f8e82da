import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Notifications } from '../deployment/notifications.ts';

/** A topic for each severity. */
type PerSeverity = Readonly<Record<'page' | 'ticket', sns.Topic>>;

/**
 * People are not told of the notifier's proofs that pages arrive; what alarms send has no such attribute.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
 */
const WITHOUT_PROOFS = {
  kind: new sns.SubscriptionFilter([{ exists: false }, { 'anything-but': ['proof'] }]),
};

/**
 * The topics of one cluster's alarms, under a key of their own: an alarm about the cluster's key must
 * not depend on it. E-mail addresses get the alarms themselves, so that a broken notifier still pages,
 * and the readable messages that the notifier makes of them.
 */
export class AlarmTopics extends Construct {
  readonly alarms: PerSeverity;
  readonly messages: PerSeverity;
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, notifications: Notifications) {
    super(scope, id);
    this.key = new kms.Key(this, 'Key', {
      description: 'Holdfast: pages on their way',
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      // Nothing is kept under it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.alarms = { page: this.define('Page'), ticket: this.define('Ticket') };
    this.admitAlarms();
    this.messages = { page: this.define('PageMessages'), ticket: this.define('TicketMessages') };
    for (const severity of ['page', 'ticket'] as const) {
      for (const address of new Set(notifications[severity].emails)) {
        this.alarms[severity].addSubscription(
          new subscriptions.EmailSubscription(address, { filterPolicy: WITHOUT_PROOFS }),
        );
        this.messages[severity].addSubscription(new subscriptions.EmailSubscription(address));
      }
    }
  }

  /**
   * Without the one or the other CloudWatch publishes nothing, and the alarm looks red all the same: a
   * topic with a policy of its own has lost the one that let its account publish.
   *
   * @see https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
   */
  private admitAlarms(): void {
    const cloudWatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
    this.key.grant(cloudWatch, 'kms:Decrypt', 'kms:GenerateDataKey');
    for (const topic of Object.values(this.alarms)) {
      topic.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: 'AlarmsPublish',
          principals: [cloudWatch],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
      );
    }
  }

  private define(id: string): sns.Topic {
    return new sns.Topic(this, id, { masterKey: this.key, enforceSSL: true });
  }
}
