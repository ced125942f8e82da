import { join } from 'node:path';
import { execa } from 'execa';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { ServerSetting } from '../../lib/core/host/apply/server-setting.ts';
import { onlyRow, withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { readRunningSettings } from '../../lib/core/adapters/postgres/running-settings.ts';
import { canonicalValue } from '../../lib/core/host/apply/setting-value.ts';
import { testServer } from '../support/postgres-server.ts';

const server = testServer();

/** What any session may set, of each kind and unit. */
const NAMES = [
  'work_mem',
  'temp_buffers',
  'effective_cache_size',
  'wal_skip_threshold',
  'log_parameter_max_length_on_error',
  'lock_timeout',
  'vacuum_cost_delay',
  'default_statistics_target',
  'random_page_cost',
  'seq_page_cost',
  'enable_seqscan',
  'constraint_exclusion',
  'synchronous_commit',
  'backslash_quote',
  'client_min_messages',
  'wal_compression',
  'log_min_messages',
];

/** What only a server itself is told. */
const STARTED_WITH = [
  'checkpoint_timeout',
  'log_rotation_age',
  'min_wal_size',
  'shared_buffers',
  'wal_writer_flush_after',
  'track_activity_query_size',
  'autovacuum_vacuum_cost_delay',
  'max_connections',
];

const sign = fc.constantFrom('', '', '', '-', '+');
const digits = fc.oneof(
  fc.integer({ min: 0, max: 200_000 }).map(String),
  fc.integer({ min: 0, max: 0xffff }).map((value) => `0x${value.toString(16)}`),
  fc.integer({ min: 0, max: 511 }).map((value) => `0${value.toString(8)}`),
  fc.double({ min: 0, max: 5_000, noNaN: true }).map((value) => value.toFixed(3)),
  oneOf('.5 1. 0.5 1.5 2.5 1e3 2.5E2 08 0 3000000000 e5'),
);
const unit = fc.oneof(fc.constant(''), oneOf('B kB MB GB TB us ms s min h d KB mb x'));
const blank = oneOf(',, , ,  ', ',');
const number = fc.tuple(blank, sign, digits, blank, unit, blank).map((parts) => parts.join(''));
const word = oneOf(
  'on off true false yes no 1 0 t f of o TRUE Off partition remote_write Local safe_encoding debug DEBUG1 info pglz',
);

test('a text means to the planner what it means to PostgreSQL, in every unit', async () => {
  const { connection } = server().server;
  const { settings } = await readRunningSettings(connection);
  const kinds = new Map(settings.map((setting) => [setting.name, setting]));
  await withSession(connection, { timeoutMs: 100_000 }, async (sql) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...NAMES),
        fc.oneof({ weight: 3, arbitrary: number }, word),
        async (name, text) => {
          const kind = kinds.get(name);
          if (kind === undefined) throw new Error(`the server has no ${name}`);
          expect(disagreement(kind, text, await set(kind, text))).toBeUndefined();
        },
      ),
      { numRuns: 3_000 },
    );

    async function set({ name }: ServerSetting, text: string): Promise<Answer> {
      try {
        await sql`SELECT set_config(${name}, ${text}, false)`;
      } catch (error) {
        return { refusal: (error as Error).message };
      }
      const rows = await sql<{ setting: string }[]>`
        SELECT setting FROM pg_settings WHERE name = ${name}`;
      return { printed: onlyRow(rows).setting };
    }
  });
});

test('a text means the same where a server is started with it', async () => {
  const { connection, dataDirectory } = server().server;
  const { binDirectory } = server().instance;
  const { settings } = await readRunningSettings(connection);
  const kinds = new Map(settings.map((setting) => [setting.name, setting]));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...STARTED_WITH), number, async (name, text) => {
      const kind = kinds.get(name);
      if (kind === undefined) throw new Error(`the server has no ${name}`);
      const { exitCode, stdout, stderr } = await execa(
        join(binDirectory, 'postgres'),
        ['-D', dataDirectory, '-C', name, '-c', `${name}=${text}`],
        { reject: false, env: { LC_ALL: 'C' }, ...serverOwner() },
      );
      const answer = exitCode === 0 ? { printed: stdout } : { refusal: stderr };
      expect(disagreement(kind, text, answer)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

/** What a server made of a text. */
type Answer = { readonly printed: string } | { readonly refusal: string };

/** How server and planner differ about a text, if they do. What is refused for its range is another matter. */
function disagreement(kind: ServerSetting, text: string, answer: Answer): string | undefined {
  const canonical = canonicalValue(kind, text);
  if ('refusal' in answer) {
    const { refusal } = answer;
    if (refusal.includes('outside the valid range')) return undefined;
    const isRefused = /invalid value for parameter|requires a (Boolean|numeric) value/.test(
      refusal,
    );
    return canonical === undefined && isRefused ? undefined : `${refusal}, not ${canonical}`;
  }
  const printed = trimmed(answer.printed);
  // A level that the server takes without listing it is compared as it is written.
  return (canonical ?? text) === printed ? undefined : `${printed}, not ${canonical}`;
}

/** Words between separators. */
function oneOf(words: string, separator = ' '): fc.Arbitrary<string> {
  return fc.constantFrom(...words.split(separator));
}

/** A server prints reals with an exponent of its own, and zeros with a sign. */
function trimmed(text: string): string {
  return /^-?[\d.]+(e[+-]?\d+)?$/.test(text) ? String(Number(text) + 0) : text;
}
