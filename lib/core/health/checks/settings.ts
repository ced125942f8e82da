import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, Num, Text } from '../columns.ts';
import { blind, type Finding, type Judgement, ok, warn } from '../judgement.ts';
import type { Known, Sample } from '../known.ts';

const MOST_NAMES = 10;
/** Long enough for a ticket to be made of it, since nothing stays wrong about a change. */
const TOLD_SEC = 1_800;
const SETTINGS = 'settings.digest';
const RULES = 'settings.rules_digest';
const CHANGED_AT = 'settings.changed_at_sec';

const Row = z.object({
  sees: Bool,
  pending: Text.array(),
  settings: Num,
  rules: Num,
  brokenRules: Num,
});
type Row = z.output<typeof Row>;

/** Checks of what was changed. The settings by which a crash loses data have a check of their own. */
export const SETTING_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'D1',
    name: 'settings',
    tier: 'D',
    group: 'settings',
    about: 'no setting waits for a restart, no rule of pg_hba.conf is wrong, none was just changed',
    needs: 'pg_monitor and holdfast.access_rules()',
    look: 'SELECT name, setting, source, sourcefile FROM pg_settings WHERE pending_restart; SELECT pg_conf_load_time()',
    source: 'https://www.postgresql.org/docs/current/view-pg-settings.html',
    // reset_val: what a session gets that sets nothing itself. Of a digest as many bits as a number takes exactly.
    query: ({ functions }) =>
      functions.has('access_rules')
        ? `
      SELECT pg_has_role('pg_read_all_settings', 'USAGE') AS sees,
             (SELECT coalesce(json_agg(p.name), '[]')
                FROM (SELECT name FROM pg_settings WHERE pending_restart ORDER BY name LIMIT ${MOST_NAMES}) p
             ) AS pending,
             (SELECT ${number(`md5(string_agg(concat_ws('=', name, reset_val), E'\\n' ORDER BY name))`)}
                FROM pg_settings WHERE context <> 'internal') AS settings,
             (SELECT ${number('digest')} FROM holdfast.access_rules()) AS rules,
             (SELECT broken_rules FROM holdfast.access_rules()) AS "brokenRules"`
        : blind('holdfast.access_rules() is missing: run "holdfast init"'),
    row: Row,
    judge: ([row], known) => {
      if (row === undefined) return blind('pg_settings gave no row');
      if (!row.sees) return blind('the role is no member of pg_read_all_settings');
      return judged(row, known);
    },
  }),
];

/** A digest in hexadecimal as a number of 48 bits. */
function number(digest: string): string {
  return `('x' || substr(${digest}, 1, 12))::bit(48)::bigint`;
}

function judged(row: Row, { now, before }: Known): Judgement {
  const nowSec = now.getTime() / 1_000;
  const changedAtSec = lastChange(row, before, nowSec);
  const ageSec = changedAtSec === undefined ? undefined : nowSec - changedAtSec;
  const findings = [...lasting(row), ...recent(ageSec)];
  const [first] = findings;
  const extras = {
    values: { [Metric.SETTINGS_TROUBLES]: first === undefined ? 0 : 1 },
    counters: {
      [SETTINGS]: row.settings,
      [RULES]: row.rules,
      ...(changedAtSec !== undefined && { [CHANGED_AT]: changedAtSec }),
    },
    findings,
  };
  if (first === undefined) return ok('nothing was changed, and nothing waits', extras);
  return warn(`${first.subject} ${first.says}`, extras);
}

/** When the settings or the rules were last seen to differ from the run before; `undefined`: never yet. */
function lastChange(row: Row, before: Sample | undefined, nowSec: number): number | undefined {
  const past = before?.counters ?? {};
  const differs = (name: string, value: number): boolean =>
    past[name] !== undefined && past[name] !== value;
  return differs(SETTINGS, row.settings) || differs(RULES, row.rules) ? nowSec : past[CHANGED_AT];
}

function lasting({ pending, brokenRules }: Row): readonly Finding[] {
  const broken = {
    subject: 'pg_hba.conf',
    says: `has ${count(brokenRules, 'wrong rule')}: a reload ignores the file, and a start ends there`,
  };
  return [
    ...(brokenRules > 0 ? [broken] : []),
    ...pending.map((name) => ({ subject: name, says: 'waits for a restart' })),
  ];
}

function recent(ageSec: number | undefined): readonly Finding[] {
  return ageSec === undefined || ageSec >= TOLD_SEC
    ? []
    : [{ subject: 'the configuration', says: `was changed ${span(ageSec)} ago` }];
}
