import { z } from 'zod';
import { encodeReading, readingOf, statementsSql } from '../diagnosis/statement-reading.ts';
import type { Clock } from '../ports/clock.ts';
import type { HealthSession } from '../ports/health-session.ts';
import type { CallOptions } from '../ports/object-store.ts';
import type { ServerFacts } from './known.ts';

const LOOK_MS = 500;
const EXTENSION = 'pg_stat_statements';
const SCHEMA = `
  SELECT quote_ident(n.nspname) AS schema
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
   WHERE e.extname = '${EXTENSION}'`;
const SchemaRow = z.object({ schema: z.string() });

/**
 * What statements have taken so far, by their ids and as one word of a log, for a diagnosis to compare with minutes later;
 * `undefined` where that cannot be seen, which a check tells of, and not this.
 */
export async function lookAtStatements(
  session: HealthSession,
  { extensions }: Pick<ServerFacts, 'extensions'>,
  clock: Clock,
  options: CallOptions,
): Promise<string | undefined> {
  if (!extensions.has(EXTENSION)) return undefined;
  try {
    const found = await session.query(SCHEMA, LOOK_MS, options);
    if ('refused' in found) return undefined;
    const { schema } = SchemaRow.parse(found.rows[0]);
    const at = clock.now();
    const counted = await session.query(statementsSql(schema), LOOK_MS, options);
    return 'refused' in counted ? undefined : encodeReading(readingOf(counted.rows, at));
  } catch {
    // A connection that is gone is what every check after it says.
    return undefined;
  }
}
