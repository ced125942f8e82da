/** What checks of one cause have in common: of tiers B and C one page or ticket tells of a whole group. */
export const CAUSE_GROUPS = {
  archiving: 'does WAL reach the archive?',
  durability: 'would a crash, or a thief, lose what is committed?',
  backups: 'is there something to restore?',
  slots: 'who keeps WAL from going?',
  freezing: 'how long until transaction ids run out?',
  availability: 'is it up?',
  disk: 'what fills up?',
  connections: 'can clients get in?',
  sessions: 'who is in the way?',
  numbers: 'which sequence runs out?',
  machine: 'is the machine well?',
  trust: 'which certificate or secret ends?',
  workload: 'what do applications do?',
  vacuum: 'does vacuum keep up?',
  schema: 'what lies around?',
  settings: 'what was changed, or is old?',
  monitor: 'does anybody look?',
} as const;
/** One of {@link CAUSE_GROUPS}. */
export type CauseGroup = keyof typeof CAUSE_GROUPS;
