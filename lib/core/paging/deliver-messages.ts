import type { Route, Routes, Severity } from '../config/notify-config.ts';
import { Event } from '../contract/events.ts';
import { OpsError, toOpsError } from '../errors/ops-error.ts';
import type { Log } from '../ports/log.ts';
import type { Pagers } from '../ports/pagers.ts';
import type { SecretValues } from '../ports/secret-values.ts';
import { emailOf } from './email.ts';
import type { Message } from './message.ts';
import { pagerDutyEventOf } from './pager-duty-event.ts';
import { slackMessageOf } from './slack-message.ts';

/** What delivery needs. */
export interface DeliveryDeps {
  readonly routes: Routes;
  readonly pagers: Pagers;
  readonly secrets: SecretValues;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** One way to the people of one severity. */
interface Endpoint {
  readonly severity: Severity;
  readonly kind: 'email' | 'slack' | 'pager-duty' | 'nobody';
  readonly send: (message: Message) => Promise<void>;
}

const SEVERITIES: readonly Severity[] = ['page', 'ticket'];

/**
 * Sends each message to every endpoint of its severity. None waits for another: one that is slow or
 * broken costs the others nothing. To one endpoint the messages go in their order.
 *
 * @returns how many deliveries there were.
 * @throws {@link OpsError} `PAGE-FAILED` when some failed, once all were tried. Each of them is in the
 *   log. Tried again as a whole, what had arrived arrives twice: better than never.
 */
export async function deliverMessages(
  messages: readonly Message[],
  deps: DeliveryDeps,
): Promise<number> {
  const outcomes = await Promise.all(
    SEVERITIES.flatMap((severity) => {
      const own = messages.filter((message) => message.severity === severity);
      return own.length === 0
        ? []
        : endpointsOf(severity, deps).map(async (endpoint) => sendAll(endpoint, own, deps));
    }),
  );
  const failures = outcomes.flat().filter((failure) => failure !== undefined);
  const tried = outcomes.flat().length;
  if (failures.length === 0) return tried;
  throw new OpsError(
    'PAGE-FAILED',
    `${failures.length} of ${tried} deliveries failed: ${failures.join('; ')}`,
    {
      hint: 'the function tries it again by itself; see the endpoint that is named, and its secret',
      details: { failed: failures.length, tried },
    },
  );
}

/** What failed, one for each message; `undefined` for one that arrived. */
async function sendAll(
  { severity, kind, send }: Endpoint,
  messages: readonly Message[],
  { log }: DeliveryDeps,
): Promise<readonly (string | undefined)[]> {
  const failures: (string | undefined)[] = [];
  for (const message of messages) {
    const fields = { endpoint: kind, severity, alarm: message.alarm, title: message.title };
    try {
      await send(message);
      log.info(Event.PAGE_SENT, fields);
      failures.push(undefined);
    } catch (error) {
      const { code, message: what, hint } = toOpsError(error);
      log.error(Event.PAGE_NOT_SENT, { ...fields, error_code: code, error: what, hint });
      failures.push(`${kind} of ${severity}: ${code}: ${what}`);
    }
  }
  return failures;
}

function endpointsOf(severity: Severity, deps: DeliveryDeps): readonly Endpoint[] {
  const { emailTopic, slackSecret, pagerDutySecret }: Route = deps.routes[severity];
  const { pagers, signal } = deps;
  const endpoints: readonly (Endpoint | undefined)[] = [
    emailTopic === undefined
      ? undefined
      : {
          severity,
          kind: 'email',
          send: async (message) => pagers.email(emailTopic, emailOf(message), { signal }),
        },
    slackSecret === undefined
      ? undefined
      : {
          severity,
          kind: 'slack',
          send: withSecret(slackSecret, deps, async (webhook, message) =>
            pagers.slack(webhook, slackMessageOf(message), { signal }),
          ),
        },
    pagerDutySecret === undefined
      ? undefined
      : {
          severity,
          kind: 'pager-duty',
          send: withSecret(pagerDutySecret, deps, async (routingKey, message) =>
            pagers.pagerDuty(pagerDutyEventOf(message, routingKey), { signal }),
          ),
        },
  ];
  const named = endpoints.filter((endpoint) => endpoint !== undefined);
  return named.length > 0 ? named : [{ severity, kind: 'nobody', send: tellNobody }];
}

/** Reads the secret at the first message, and keeps it for the others of this invocation. */
function withSecret(
  secret: string,
  { secrets, signal }: DeliveryDeps,
  send: (value: string, message: Message) => Promise<void>,
): Endpoint['send'] {
  let value: Promise<string> | undefined;
  return async (message) => {
    value ??= secrets.read(secret, { signal });
    // Pasted into a console, it may have ended with a new line.
    await send((await value).trim(), message);
  };
}

async function tellNobody({ severity }: Message): Promise<never> {
  throw new OpsError('PAGE-FAILED', `nobody is to be told of a ${severity}`, {
    hint: 'name an endpoint for this severity in the environment’s file, and deploy',
  });
}
