import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { Event } from '../../contract/events.ts';
import { decodeReading, type StatementReading } from '../../diagnosis/statement-reading.ts';
import type { PastReports } from '../../ports/past-reports.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Around the moment that is asked for. */
const AROUND_MS = 150_000;
/** More than the probe writes in that time. */
const MOST_EVENTS = 50;
const Line = z.looseObject({ statements: z.string() });

/** What the probe wrote to its log group, if it has one: lines of `health.probed` with `statements`. */
export function pastReports(logGroup: string | undefined): PastReports {
  // Nothing was written down: the statements have to be read twice.
  if (logGroup === undefined) return { statements: async () => undefined };
  return cloudWatchPastReports(logGroup);
}

/** What the probe wrote to this log group. */
export function cloudWatchPastReports(
  logGroup: string,
  client = new CloudWatchLogsClient({ ...CLIENT_SETTINGS, maxAttempts: 1 }),
): PastReports {
  return {
    statements: async (at, { signal } = {}) => {
      const filter = new FilterLogEventsCommand({
        logGroupName: logGroup,
        startTime: at.getTime() - AROUND_MS,
        endTime: at.getTime() + AROUND_MS,
        filterPattern: `{ $.event = "${Event.HEALTH_PROBED}" && $.statements = "*" }`,
        limit: MOST_EVENTS,
      });
      const { events = [] } = await awsCall(
        `logs:FilterLogEvents of ${logGroup}`,
        async () => client.send(filter, { abortSignal: signal }),
        signal,
      );
      return nearest(
        events.flatMap(({ message = '' }) => toReading(message)),
        at,
      );
    },
  };
}

function toReading(message: string): readonly StatementReading[] {
  try {
    return [decodeReading(Line.parse(JSON.parse(message)).statements)].filter(
      (reading) => reading !== undefined,
    );
  } catch {
    return [];
  }
}

function nearest(readings: readonly StatementReading[], at: Date): StatementReading | undefined {
  const distance = (reading: StatementReading): number =>
    Math.abs(reading.at.getTime() - at.getTime());
  return readings.toSorted((a, b) => distance(a) - distance(b))[0];
}
