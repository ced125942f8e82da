import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import makeHandler from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { loadConfig } from '../../lib/core/config/load-config.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { Invocation } from '../../lib/core/ports/invocation.ts';
import type { Log } from '../../lib/core/ports/log.ts';
import { functionLog, logger } from './function-log.ts';
import { reportFailure } from './report-failure.ts';

/** What a function is given besides its event. */
export interface FunctionContext<C> {
  readonly config: C;
  readonly log: Log;
  readonly clock: Clock;
  readonly invocation: Invocation;
  /** Aborted shortly before Lambda would end the function. */
  readonly signal: AbortSignal;
}

/** A function: what it is sent, what it is told by the deployment, what it does. */
export interface OpsFunction<E extends z.ZodType, C extends z.ZodType> {
  readonly event: E;
  readonly config: C;
  readonly run: (event: z.output<E>, context: FunctionContext<z.output<C>>) => Promise<unknown>;
}

/** What Lambda calls. */
export type FunctionHandler = (event: unknown, context: Context) => Promise<unknown>;

/** Left to log the failure and to end by itself. */
const TIMEOUT_EARLY_MS = 1_000;

/**
 * A Lambda handler: logs with the request's id, reports a failure once with its code and hint, and
 * rethrows it.
 *
 * @throws {@link OpsError} `CONFIG-EVENT` for an event of another shape, `CONFIG-INVALID` for an
 *   environment that the deployment did not set; else what `run` throws.
 */
export function opsHandler<E extends z.ZodType, C extends z.ZodType>({
  event: schema,
  config,
  run,
}: OpsFunction<E, C>): FunctionHandler {
  return makeHandler<unknown, unknown>({ timeoutEarlyInMillis: TIMEOUT_EARLY_MS })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(reportFailure())
    .handler(async (event, context, { signal }) =>
      run(parseEvent(schema, event), {
        config: loadConfig(config, process.env),
        log: functionLog,
        clock: systemClock,
        invocation: {
          id: context.awsRequestId,
          remainingMs: () => context.getRemainingTimeInMillis(),
        },
        signal,
      }),
    );
}

function parseEvent<E extends z.ZodType>(schema: E, event: unknown): z.output<E> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new OpsError('CONFIG-EVENT', `not an event for this function: ${faults.join('; ')}`, {
    cause: parsed.error,
    hint: 'see who invokes the function: its schedule, rule or topic was changed by hand, or two versions are mixed',
  });
}
