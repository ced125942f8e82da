import { fileName } from './file-name.ts';
import type { Facts } from './facts.ts';
import type { AskedTarget, Question } from './question.ts';
import type { Random } from './random.ts';
import { isEnding } from './stop-rules.ts';
import type { TapeRecord } from './tape.ts';

/** A target and what is special about it. */
interface Idea {
  readonly target: AskedTarget;
  readonly about: string;
}

const EXCLUDABLE: ReadonlySet<AskedTarget['kind']> = new Set(['time', 'lsn', 'xid']);
const HOUR_MICROS = 3_600_000_000n;
const SECOND_MICROS = 1_000_000n;
const UNKNOWN_TIMELINE = 77;
const UNKNOWN_BACKUP = '20200101T000000Z-00000001-000000010000000000000001';

/** A question about `facts`: mostly where it hurts, at and beside the records that matter. */
export function askAnything(facts: Facts, random: Random, nowMicros: bigint): Question {
  const timelines = [...facts.timelines.values()].filter(({ tape }) => tape.length > 0);
  const { timeline, tape } = random.pick(timelines);
  const { target, about } = random
    .weighted([
      { weight: 6, idea: () => byTime(facts, tape, random, nowMicros) },
      { weight: 5, idea: () => byLsn(facts, tape, random) },
      { weight: 3, idea: () => byXid(facts, tape, random) },
      { weight: 3, idea: () => byName(facts, tape, random) },
      { weight: 1.5, idea: () => bare('latest') },
      { weight: 1, idea: () => bare('immediate') },
    ])
    .idea();
  const chosen = random.weighted([
    { weight: 5, timeline: undefined },
    { weight: 4, timeline },
    { weight: 1, timeline: random.pick(timelines).timeline },
    { weight: 0.2, timeline: UNKNOWN_TIMELINE },
  ]).timeline;
  const backup = random.weighted([
    { weight: 7, id: undefined },
    {
      weight: facts.backups.length > 0 ? 2 : 0,
      id: facts.backups.at(random.below(9) % Math.max(1, facts.backups.length))?.id,
    },
    { weight: 0.2, id: UNKNOWN_BACKUP },
  ]).id;
  // There is nothing before most kinds: that is soon asked often enough.
  const isExclusive = random.chance(EXCLUDABLE.has(target.kind) ? 0.35 : 0.05);
  return {
    target,
    about,
    choices: { timeline: chosen, backupId: backup, exclusive: isExclusive },
  };
}

function byTime(
  facts: Facts,
  tape: readonly TapeRecord[],
  random: Random,
  nowMicros: bigint,
): Idea {
  const times = tape.flatMap(({ event }) => (isEnding(event) ? [event.micros] : []));
  const at = (micros: bigint, about: string): Idea => ({ target: { kind: 'time', micros }, about });
  const firstBackup = facts.backups[0]?.finishedMicros ?? nowMicros;
  const ideas = [
    { weight: 0.7, idea: at(nowMicros + HOUR_MICROS, 'in the future') },
    { weight: 1, idea: at(nowMicros - SECOND_MICROS / 100n, 'just now') },
    { weight: 0.7, idea: at(firstBackup - SECOND_MICROS, 'before the first backup') },
    {
      weight: 0.7,
      idea: at(
        random.pick([firstBackup, ...facts.backups.map(({ finishedMicros }) => finishedMicros)]),
        'the end of a backup',
      ),
    },
  ];
  const index = times.length === 0 ? -1 : random.below(times.length);
  const micros = times[random.chance(0.2) ? times.length - 1 : index];
  if (micros === undefined) return random.weighted(ideas).idea;
  // The near future is the past by the time the engine looks at its clock.
  const next = times[index + 1] ?? nowMicros;
  return random.weighted([
    ...ideas,
    { weight: 3, idea: at(micros, 'the end of a transaction') },
    { weight: 2, idea: at(micros - 1n, 'a microsecond before the end of a transaction') },
    { weight: 2, idea: at(micros + 1n, 'a microsecond after the end of a transaction') },
    { weight: 2, idea: at((micros + next) / 2n, 'between two transactions') },
  ]).idea;
}

function byLsn(facts: Facts, tape: readonly TapeRecord[], random: Random): Idea {
  const at = (lsn: bigint, about: string): Idea => ({ target: { kind: 'lsn', lsn }, about });
  const important = tape.filter(({ event }) => event !== undefined);
  const any = random.pick(tape);
  const record = random.chance(0.5) && important.length > 0 ? random.pick(important) : any;
  const visible = tape.filter(({ endLsn }) => isArchived(facts, endLsn));
  const last = visible.at(-1) ?? any;
  const backup = facts.backups.at(0);
  return random.weighted([
    { weight: 4, idea: at(record.startLsn, 'the start of a record') },
    { weight: 3, idea: at(record.endLsn, 'the end of a record') },
    { weight: 2, idea: at((record.startLsn + record.endLsn) / 2n, 'inside a record') },
    { weight: 1, idea: at(last.startLsn, 'the last record that was archived') },
    {
      weight: 1,
      idea: at((last.startLsn + last.endLsn) / 2n, 'inside the last record that was archived'),
    },
    { weight: 1, idea: at(last.endLsn, 'the end of what was archived') },
    { weight: 1, idea: at(last.endLsn + 8n, 'past the end of what was archived') },
    { weight: 0.5, idea: at(backup?.stopLsn ?? 1n, 'the stop of the first backup') },
    { weight: 0.5, idea: at((backup?.stopLsn ?? 9n) - 8n, 'before the stop of the first backup') },
  ]).idea;
}

function isArchived({ segments, segmentBytes }: Facts, lsn: bigint): boolean {
  const size = BigInt(segmentBytes);
  const end = fileName(0, (lsn - 1n) / size, size).slice(8);
  return [...segments].some((name) => name.slice(8) === end);
}

function byXid(facts: Facts, tape: readonly TapeRecord[], random: Random): Idea {
  const at = (xid: number, about: string): Idea => ({ target: { kind: 'xid', xid }, about });
  const ended = tape.flatMap(({ event }) => (isEnding(event) ? [event.xid] : []));
  const known = [...facts.transactions.keys()].map((key) => Number(key.split('/')[1]));
  if (ended.length === 0 || known.length === 0) return at(99_999, 'unknown');
  return random.weighted([
    { weight: 5, idea: at(random.pick(ended), 'one that ended') },
    { weight: 1, idea: at(random.pick(known), 'any, ended or not') },
    { weight: 0.5, idea: at(Math.max(...known) + 1_000, 'unknown') },
  ]).idea;
}

function byName(facts: Facts, tape: readonly TapeRecord[], random: Random): Idea {
  const names = [...facts.timelines.values()]
    .flatMap((one) => (random.chance(0.2) ? one.tape : tape))
    .flatMap(({ event }) => (event?.kind === 'restore-point' ? [event.name] : []));
  if (names.length === 0 || random.chance(0.1)) {
    return { target: { kind: 'name', name: 'nobody made it' }, about: 'unknown' };
  }
  return { target: { kind: 'name', name: random.pick(names) }, about: 'a restore point' };
}

function bare(kind: 'latest' | 'immediate'): Idea {
  return { target: { kind }, about: kind };
}
