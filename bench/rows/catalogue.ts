import { join } from 'node:path';
import { z } from 'zod';
import type { Entry } from '../figures/report.ts';
import { median, type Sample } from '../figures/sample.ts';
import type { Target } from '../figures/target.ts';
import { NODE } from '../../test/support/checkout.ts';
import { runCommand } from '../tools/command.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { type Reading, READINGS } from './catalogue-readings.ts';
import type { Bench, Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const READER = join(import.meta.dirname, 'read-simulated-store.ts');
const MEGABYTE = 1_000_000;
const TIME: readonly Target[] = [{ relation: '≤', limit: 10 }];
const MEMORY: readonly Target[] = [{ relation: '≤', limit: 300 }];
/** What is linear takes ten times as long; the rest is room for noise and for fixed costs. */
const GROWTH: readonly Target[] = [{ relation: '≤', limit: 12 }];
const TENTH = 10;

const Taken = z.object({ seconds: z.number(), cpuSec: z.number(), peakBytes: z.number() });

/** One verb and the size of the store that it reads. */
interface Contestant {
  readonly name: string;
  readonly reading: Reading;
  readonly segments: number;
  readonly backups: number;
}

/**
 * The verbs that read the whole catalogue, over a simulated store that makes its listing up: what they
 * take besides the listing itself, and how that grows.
 */
export const catalogueRow: Row = async (bench, kind) => {
  // Its objects have no bytes, so there are no two kinds of them.
  if (kind !== 'pgbench') return [];
  const { segments, backups } = bench.scale.catalogue;
  const sizes = [
    { size: 'whole', segments, backups },
    { size: 'tenth', segments: segments / TENTH, backups: backups / TENTH },
  ];
  const contestants = sizes.flatMap(({ size, ...counts }) =>
    READINGS.map((reading): Contestant => ({ name: `${reading} ${size}`, reading, ...counts })),
  );
  const work = `${segments.toLocaleString('en')} segments, ${backups.toLocaleString('en')} backups`;
  const samplesOf = await takeTurns(bench, work, contestants, async (contestant) =>
    readOnce(bench, contestant),
  );
  const medianOf = (name: string, figure: (sample: Sample) => number): number =>
    median(samplesOf(name).map(figure)) ?? Number.NaN;
  const cpuOf = ({ cpuSec = Number.NaN }: Sample): number => cpuSec;
  /** CPU, for a simulated store makes nobody wait. */
  const cpuBesides = (reading: Reading, size: string): number =>
    medianOf(`${reading} ${size}`, cpuOf) - medianOf(`listing ${size}`, cpuOf);
  const entry = (
    what: string,
    unit: string,
    samples: readonly Sample[],
    targets: readonly Target[] = [],
  ): Entry => ({ work: what, data: 'any', contestant: HOLDFAST_NAME, unit, samples, targets });
  return READINGS.flatMap((reading) => {
    if (reading === 'listing')
      return [entry(`listing of ${work}`, 's', samplesOf('listing whole'))];
    const listingSec = medianOf('listing whole', ({ value }) => value);
    const samples = samplesOf(`${reading} whole`);
    const whole = samples.map((sample) => ({ ...sample, value: sample.value - listingSec }));
    const memory = samples.map(({ peakBytes = Number.NaN }) => ({ value: peakBytes / MEGABYTE }));
    const growth = [{ value: cpuBesides(reading, 'whole') / cpuBesides(reading, 'tenth') }];
    return [
      entry(`${reading} of ${work}, besides the listing`, 's', whole, TIME),
      entry(`memory of that ${reading}`, 'MB', memory, MEMORY),
      entry(`CPU of that ${reading}, against that of a tenth`, '×', growth, GROWTH),
    ];
  });
};

async function readOnce(
  { signal }: Bench,
  { reading, segments, backups }: Contestant,
): Promise<Sample> {
  const args = ['--max-semi-space-size=8', READER, reading, String(segments), String(backups)];
  const printed = await runCommand({ program: NODE, args }, undefined, signal);
  const { seconds, cpuSec, peakBytes } = Taken.parse(JSON.parse(printed));
  return { value: seconds, cpuSec, peakBytes };
}
