import type { CallOptions } from './object-store.ts';

/** A topic that alarms send to. */
export interface ProofTopic {
  /**
   * Sends a text to it as alarms do, marked so that nobody is told of it by the topic itself.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`.
   */
  publish(topic: string, text: string, options?: CallOptions): Promise<void>;
}
