import { z } from 'zod';

/** What a topic handed over. */
export interface TopicRecord {
  /** ARN of the topic. */
  readonly topic: string;
  /** The topic's own id of the message. */
  readonly id: string;
  readonly subject: string | undefined;
  readonly message: string;
}

/**
 * What the notifier is told: what came to a topic, or that it is time to look for repetitions, or to prove that pages
 * arrive here.
 */
export type NotifyEvent =
  | { readonly kind: 'messages'; readonly records: readonly TopicRecord[] }
  | { readonly kind: 'repeat'; readonly scheduledTime: Date }
  | { readonly kind: 'prove'; readonly scheduledTime: Date };

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const Messages = z
  .object({
    Records: z
      .array(
        z.object({
          Sns: z.object({
            TopicArn: z.string().min(1),
            MessageId: z.string().min(1),
            Subject: z.string().nullish(),
            Message: z.string(),
          }),
        }),
      )
      .min(1),
  })
  .transform(({ Records }): NotifyEvent => ({
    kind: 'messages',
    records: Records.map(({ Sns }) => ({
      topic: Sns.TopicArn,
      id: Sns.MessageId,
      subject: Sns.Subject ?? undefined,
      message: Sns.Message,
    })),
  }));

const Repeat = z
  .object({ repeat: z.iso.datetime({ offset: true }) })
  .transform(({ repeat }): NotifyEvent => ({ kind: 'repeat', scheduledTime: new Date(repeat) }));

const Prove = z
  .object({ prove: z.iso.datetime({ offset: true }) })
  .transform(({ prove }): NotifyEvent => ({ kind: 'prove', scheduledTime: new Date(prove) }));

/** What the function accepts. */
export const NotifyEvent = z.union([Messages, Repeat, Prove]);
