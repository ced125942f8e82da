import type { CrowdSizes } from './cluster/watched-cluster.ts';

/** How much work a run of the bench is. */
export interface Scale {
  /** Whole segments of 16 MiB that wait to be archived, or that are replayed. */
  readonly segments: number;
  /** Size of the database that is backed up and restored. */
  readonly databaseBytes: number;
  /** How long each run of pgbench lasts. */
  readonly loadSec: number;
  /** Databases whose backup and restore are watched for memory. */
  readonly memory: readonly { readonly bytes: number; readonly files: number }[];
  /** Simulated store that the catalogue's verbs read. */
  readonly catalogue: { readonly segments: number; readonly backups: number };
  /** What the servers have that probes look at. */
  readonly health: CrowdSizes;
  /** Whether every run begins with an empty page cache, which slows down whatever else runs here. */
  readonly coldCache: boolean;
  /** Rounds unless told otherwise. */
  readonly runs: number;
}

const GIGABYTE = 1_000_000_000;

/** `small` is for a look while working on the engine; only `full` is worth quoting. */
export const SCALES = {
  small: {
    segments: 20,
    databaseBytes: 0.2 * GIGABYTE,
    loadSec: 5,
    memory: [
      { bytes: 0.2 * GIGABYTE, files: 1_000 },
      { bytes: 0.2 * GIGABYTE, files: 5_000 },
    ],
    catalogue: { segments: 100_000, backups: 100 },
    health: { tables: 1_000, statements: 5_000, connections: 50 },
    coldCache: false,
    runs: 3,
  },
  medium: {
    segments: 60,
    databaseBytes: GIGABYTE,
    loadSec: 15,
    memory: [
      { bytes: GIGABYTE, files: 1_000 },
      { bytes: GIGABYTE, files: 10_000 },
    ],
    catalogue: { segments: 1_000_000, backups: 1_000 },
    health: { tables: 10_000, statements: 50_000, connections: 500 },
    coldCache: false,
    runs: 3,
  },
  full: {
    segments: 200,
    databaseBytes: 4 * GIGABYTE,
    loadSec: 30,
    memory: [
      { bytes: GIGABYTE, files: 1_000 },
      { bytes: 8 * GIGABYTE, files: 1_000 },
      { bytes: GIGABYTE, files: 100_000 },
    ],
    catalogue: { segments: 1_000_000, backups: 1_000 },
    health: { tables: 10_000, statements: 50_000, connections: 500 },
    coldCache: true,
    runs: 5,
  },
} as const satisfies Readonly<Record<string, Scale>>;

/** Name of a {@link Scale}. */
export type ScaleName = keyof typeof SCALES;
