import { lineageKeys } from '../../../lib/core/contract/key-layout.ts';
import { synthesized } from './assembly.ts';
import type { S3Request } from './s3-access.ts';
import { resolveStacks } from './stand-ins.ts';
import { type Vault, vaultOf } from './vault.ts';

/** A lineage in the vault of prod. */
export const KEYS = lineageKeys({
  cluster: 'orders',
  systemIdentifier: '7412345678901234567',
  major: 18,
});
export const SEGMENT = '0000000100000000000000A1';
export const BACKUP_ID = `20261122T010203Z-1-${SEGMENT}`;

/** One object of each kind that is in a store. */
export const OBJECTS = {
  identity: KEYS.identity,
  writer: KEYS.writer(1),
  wal: KEYS.wal(SEGMENT),
  history: KEYS.wal('00000002.history'),
  'wal-index': KEYS.walIndex(SEGMENT),
  tail: `${KEYS.prefix}tail/00000001/${SEGMENT}/1-0-512.zst`,
  gap: KEYS.gap('g1'),
  base: KEYS.backup(BACKUP_ID).part(1),
  'backup record': KEYS.backup(BACKUP_ID).record,
  lease: KEYS.lease('backup'),
  run: KEYS.run('base-backup', '20261122T010203Z').claim,
  drill: `${KEYS.prefix}drill/d1.json`,
  audit: `${KEYS.prefix}audit/a1.json`,
  hold: KEYS.hold('h1'),
  'retention lease': KEYS.lease('retention'),
  plan: KEYS.retention.plan('20261122T010203Z'),
  applied: KEYS.retention.applied('20261122T010203Z'),
  undone: KEYS.retention.undone('20261122T010203Z'),
  diagnosis: KEYS.diagnosis('20261122T010203Z-DatabaseDown'),
} as const;
export type Kind = keyof typeof OBJECTS;
export const KINDS = Object.keys(OBJECTS) as Kind[];

export const HOST = 'the host of prod/orders';
export const BACKUP_TASK = 'the task base-backup of prod/orders';
export const STARTER = 'the function start-base-backup';
export const JUDGE = 'the function judge-task';
export const PROBE = 'the function probe-estate';
export const DATABASE_PROBE = 'the function probe-database';
export const DIAGNOSER = 'the function diagnose';
export const AUDITOR = 'the function audit-archive';
export const HASHER = 'the task hash-audit of prod/orders';
export const HASH_STARTER = 'the function start-hash-audit';
export const GUARD = 'the function judge-change';
export const TAG_JUDGE = 'the function judge-tags';
export const TAGGER = 'tags what is due in the archive of orders';
export const LOCKER = 'lengthens locks in the archive of orders';

/** What a role does in the vault. */
export interface VaultRights {
  readonly reads: readonly Kind[];
  readonly creates: readonly Kind[];
  /** It streams in parts, and takes away those of an upload that failed. */
  readonly uploads?: true;
  /** It lists what is hidden too, or reads it as well. */
  readonly hidden?: 'seen' | 'read';
  /** Objects that it lets go. */
  readonly tags?: readonly Kind[];
  /** Objects whose locks it lengthens. */
  readonly locks?: readonly Kind[];
}

/** Tells which backups there are; nothing in it is out of a table. */
const CATALOGUE = [
  'identity',
  'writer',
  'history',
  'gap',
  'backup record',
] as const satisfies readonly Kind[];

/** What plans are made of, and what was decided. */
const DECIDED = [
  ...CATALOGUE,
  'lease',
  'hold',
  'retention lease',
  'plan',
  'applied',
  'undone',
] as const satisfies readonly Kind[];

/** Who starts scheduled work. */
const STARTS: VaultRights = {
  reads: ['identity', 'writer', 'lease', 'run', 'retention lease'],
  creates: ['run'],
};

/** Every role that may use the vault. */
export const RIGHTS: Readonly<Record<string, VaultRights>> = {
  [HOST]: {
    reads: KINDS,
    creates: ['identity', 'writer', 'wal', 'history', 'wal-index', 'tail', 'gap'],
    hidden: 'read',
  },
  [BACKUP_TASK]: {
    reads: KINDS,
    creates: ['identity', 'base', 'backup record', 'lease', 'retention lease'],
    uploads: true,
  },
  [STARTER]: STARTS,
  [HASH_STARTER]: STARTS,
  [HASHER]: { reads: KINDS, creates: ['audit'] },
  [AUDITOR]: {
    reads: [
      ...CATALOGUE,
      'wal',
      'wal-index',
      'lease',
      'retention lease',
      'audit',
      'applied',
      'undone',
    ],
    creates: ['audit'],
    hidden: 'seen',
  },
  [JUDGE]: { reads: [...CATALOGUE, 'run'], creates: ['run'] },
  [PROBE]: { reads: CATALOGUE, creates: [] },
  [DATABASE_PROBE]: { reads: ['identity', 'writer'], creates: [] },
  [DIAGNOSER]: {
    reads: [...CATALOGUE, 'wal', 'wal-index', 'run', 'applied', 'undone'],
    creates: ['diagnosis'],
  },
  [GUARD]: { reads: [...CATALOGUE, 'wal', 'wal-index'], creates: [] },
  [TAG_JUDGE]: { reads: ['identity', 'applied', 'undone'], creates: [] },
  [TAGGER]: {
    reads: DECIDED,
    creates: ['retention lease', 'plan', 'applied'],
    tags: ['wal', 'wal-index', 'tail', 'base', 'backup record'],
  },
  [LOCKER]: {
    reads: DECIDED,
    creates: [],
    locks: ['wal', 'history', 'base', 'backup record'],
  },
};

export const IF_ABSENT = { 'if-none-match': '*' };
export const IF_SAME = { 'if-match': '"etag"' };

/** The vault of prod. */
export async function synthesizedVault(): Promise<Vault> {
  const assembly = await synthesized('prod');
  return vaultOf(assembly, resolveStacks(assembly));
}

/** A put of a whole object. */
export function put(key: string, headers: S3Request['headers'] = {}): S3Request {
  return { method: 'PUT', key, headers };
}

/** A listing below `prefix`. */
export function list(prefix: string): S3Request {
  return { method: 'GET', query: { 'list-type': '2', prefix } };
}

/** Sets the tags of an object. */
export function tag(key: string, tags: Readonly<Record<string, string>>): S3Request {
  return { method: 'PUT', key, query: { tagging: '' }, tags };
}

/** Locks an object for so many days from now. */
export function lock(key: string, days: number, mode = 'GOVERNANCE'): S3Request {
  return { method: 'PUT', key, query: { retention: '' }, lock: { mode, days } };
}
