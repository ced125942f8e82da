import type { Email } from '../paging/email.ts';
import type { PagerDutyEvent } from '../paging/pager-duty-event.ts';
import type { SlackMessage } from '../paging/slack-message.ts';
import type { CallOptions } from './object-store.ts';

/** The ways to people. A call that resolves means that the other side has taken the message. */
export interface Pagers {
  /**
   * To everybody who subscribed to the topic.
   *
   * @throws {@link OpsError} `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`.
   */
  email(topic: string, email: Email, options?: CallOptions): Promise<void>;
  /**
   * To the channel of an incoming webhook.
   *
   * @throws {@link OpsError} `SECRET-MALFORMED` for a webhook that is no https URL; `PAGE-FAILED`.
   */
  slack(webhook: string, message: SlackMessage, options?: CallOptions): Promise<void>;
  /**
   * To whoever is on call for the service of the event's routing key.
   *
   * @throws {@link OpsError} `PAGE-FAILED`.
   */
  pagerDuty(event: PagerDutyEvent, options?: CallOptions): Promise<void>;
}
