import type { AlarmGroup, AlarmWords } from './alarm-row.ts';

/** One alarm for all of a group's: it fires when any of them does, and tells people in their place. */
export interface GroupAlarm extends AlarmWords {
  /** Id of a {@link Cause}, or of another group's alarm: while that fires, this one tells nobody. */
  readonly explainedBy?: string;
}

/** Several alarms, any of which explains what comes after it. Tells nobody. */
export interface Cause {
  readonly id: string;
  readonly says: string;
  /** Ids of alarms, or of groups' alarms. */
  readonly anyOf: readonly string[];
}

/**
 * What explains what: a slot or the archiver explains pg_wal, and that the disk; an idle transaction explains the
 * horizon of xmin, that explains vacuum, and that explains bloat. Each names only what stands above it, or alarms
 * that speak for themselves.
 */
export const CAUSE_GRAPH: readonly (Cause | GroupAlarm)[] = [
  {
    id: 'DatabaseUnseen',
    says: 'nobody can see into the database',
    anyOf: ['DatabaseUnreachable', 'ProbeSilent'],
  },
  {
    id: 'WalKept',
    says: 'something keeps WAL on the data volume',
    // Not SlotNearlyLost: a slot that is lost keeps nothing any more, and one that nearly is keeps much.
    anyOf: ['SlotRetainsMuch', 'ArchiverFailing'],
  },
  pages('DatabaseDown', 'availability', {
    says: 'PostgreSQL does not do its work: clients cannot reach it, cannot write, or hardly commit',
    look: 'on the host: holdfast-status; else SELECT pg_is_in_recovery()',
  }),
  pages('DiskFilling', 'disk', {
    says: 'the data volume fills up',
    look: 'on the host: df -h, du -sh of pg_wal, base and pgsql_tmp in the data directory',
    explainedBy: 'WalKept',
  }),
  pages('SessionsStuck', 'sessions', {
    says: 'sessions stand in each other’s way',
    look: 'SELECT pid, pg_blocking_pids(pid), state, xact_start FROM pg_stat_activity ORDER BY xact_start',
    explainedBy: 'DatabaseUnseen',
  }),
  {
    id: 'ConnectionsHeld',
    says: 'nobody can see into the database, or sessions wait for each other and pile up',
    anyOf: ['DatabaseUnreachable', 'ProbeSilent', 'SessionsStuck'],
  },
  pages('ConnectionsShort', 'connections', {
    says: 'connections run out: clients are refused, or soon will be',
    look: 'SELECT usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC',
    explainedBy: 'ConnectionsHeld',
  }),
  pages('NumbersRunOut', 'numbers', {
    says: 'a sequence runs out of numbers',
    look: 'SELECT * FROM holdfast.sequence_use() in each database',
    explainedBy: 'DatabaseUnseen',
  }),
  pages('TrustEnds', 'trust', {
    says: 'a certificate ends, or a secret is overdue',
    look: 'holdfast health',
  }),
  pages('MachineIll', 'machine', {
    says: 'the machine is not well: processors, memory, hardware or volume',
    look: 'aws ec2 describe-instance-status, aws ec2 describe-volume-status',
  }),
  tickets('C', 'WorkloadIll', 'workload', {
    says: 'what applications or maintenance do is more than the server or its volume is made for',
    look: 'holdfast health',
    explainedBy: 'DatabaseUnseen',
  }),
  {
    id: 'VacuumHeldBack',
    says: 'nobody can see into the database, or something keeps vacuum from its work',
    anyOf: ['DatabaseUnreachable', 'ProbeSilent', 'XminPinned', 'SessionsStuck'],
  },
  tickets('C', 'VacuumBehind', 'vacuum', {
    says: 'vacuum does not keep up',
    look: 'SELECT relid::regclass, n_dead_tup, last_autovacuum FROM pg_stat_all_tables ORDER BY 2 DESC LIMIT 10',
    explainedBy: 'VacuumHeldBack',
  }),
  {
    id: 'BloatExplained',
    says: 'nobody can see into the database, or vacuum is behind',
    anyOf: ['DatabaseUnreachable', 'ProbeSilent', 'VacuumBehind'],
  },
  tickets('C', 'SchemaUntidy', 'schema', {
    says: 'indexes or tables want a hand',
    look: 'holdfast health',
    explainedBy: 'BloatExplained',
  }),
  tickets('C', 'SettingsDrifted', 'settings', {
    says: 'settings, versions, roles or the clock are not as they should be',
    look: 'holdfast health',
    explainedBy: 'DatabaseUnseen',
  }),
  tickets('M', 'MonitorImpaired', 'checks', {
    says: 'checks of health do not see what they ask for, or fail',
    look: 'holdfast health: what is blind or failed, and why',
  }),
];

/** Whether it only explains others. */
export function isCause(one: Cause | GroupAlarm): one is Cause {
  return 'anyOf' in one;
}

/** Those of {@link CAUSE_GRAPH} that tell people. */
export const GROUP_ALARMS: readonly GroupAlarm[] = CAUSE_GRAPH.filter(
  (one): one is GroupAlarm => !isCause(one),
);

type Words = Pick<GroupAlarm, 'says' | 'look' | 'explainedBy'>;

function pages(id: string, group: AlarmGroup, words: Words): GroupAlarm {
  return { id, group, tier: 'B', severity: 'page', ...words };
}

function tickets(tier: 'C' | 'M', id: string, group: AlarmGroup, words: Words): GroupAlarm {
  return { id, group, tier, severity: 'ticket', ...words };
}
