import type { NotifyDeps } from '../../../lib/core/paging/run-notify.ts';
import type { PagerDutyEvent } from '../../../lib/core/paging/pager-duty-event.ts';
import type { Email } from '../../../lib/core/paging/email.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { recordingLog, type RecordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry, type RecordingTelemetry } from '../../support/recording-telemetry.ts';
import { fakeAcknowledgements, fakeAlarms, fakeSecrets } from './fake-paging.ts';
import { CONFIG } from './samples.ts';

/** A notifier whose every word is kept. */
export interface Office extends NotifyDeps {
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly telemetry: RecordingTelemetry;
  readonly emails: readonly Email[];
  readonly events: readonly PagerDutyEvent[];
  /** What went to a topic as a proof. */
  readonly proven: readonly { readonly topic: string; readonly text: string }[];
}

/** It tells of pages by e-mail and PagerDuty, at 30 s past the moment at which the alarms of the samples went off. */
export function openOffice(
  more: Partial<Pick<NotifyDeps, 'alarms' | 'diagnoser' | 'invocation' | 'proofs'>> = {},
): Office {
  const emails: Email[] = [];
  const events: PagerDutyEvent[] = [];
  const proven: { topic: string; text: string }[] = [];
  return {
    config: {
      ...CONFIG,
      routes: {
        page: { emailTopic: 'page-email', pagerDutySecret: 'page-duty' },
        ticket: { emailTopic: 'ticket-email' },
      },
    },
    alarms: fakeAlarms([]),
    acknowledgements: fakeAcknowledgements(),
    secrets: fakeSecrets(),
    diagnoser: undefined,
    invocation: { id: 'a-request', remainingMs: () => 60_000 },
    proofs: { publish: async (topic, text) => void proven.push({ topic, text }) },
    signal: new AbortController().signal,
    ...more,
    clock: fakeClock(new Date('2026-12-01T05:10:30.123Z')),
    log: recordingLog(),
    telemetry: recordingTelemetry(),
    pagers: {
      email: async (_, email) => void emails.push(email),
      slack: async () => undefined,
      pagerDuty: async (event) => void events.push(event),
    },
    emails,
    events,
    proven,
  };
}
