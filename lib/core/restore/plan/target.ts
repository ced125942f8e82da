import { OpsError } from '../../errors/ops-error.ts';
import { formatLsn, parseLsn, type Lsn } from '../../wal/lsn.ts';
import { parseTargetTime, TIME_EXAMPLE, type TargetTime } from './target-time.ts';

/** Where a recovery shall stop. */
export type RecoveryTarget =
  | ({ readonly kind: 'time' } & TargetTime)
  | { readonly kind: 'lsn'; readonly lsn: Lsn }
  /** Decimal, 64 bits with the epoch or 32 without. */
  | { readonly kind: 'xid'; readonly xid: bigint }
  /** A restore point made by `pg_create_restore_point`. */
  | { readonly kind: 'name'; readonly name: string }
  /** The end of the WAL there is. */
  | { readonly kind: 'latest' }
  /** As soon as the base backup is consistent. */
  | { readonly kind: 'immediate' };

/** PostgreSQL's MAXFNAMELEN, with room for the final zero byte. */
const MAX_NAME_BYTES = 63;
/** Kinds that replay can stop just before. */
const EXCLUDABLE = new Set<RecoveryTarget['kind']>(['time', 'lsn', 'xid']);
const MAX_XID = 0xffff_ffff_ffff_ffffn;
const FIRST_NORMAL_XID = 3n;
const XID_BITS = 32;
const FORMS = `use ${TIME_EXAMPLE}, an LSN such as 16/B374D848, xid:N, name:S, latest or immediate`;

/**
 * Reads what an operator wrote behind `--to`.
 *
 * @throws {@link OpsError} `RESTORE-TARGET`, with the right form as its hint.
 * @see PostgreSQL check_recovery_target_xid and its neighbours, src/backend/access/transam/xlogrecovery.c
 * @example parseTarget('2026-11-22 01:02:03+01') // { kind: 'time', text: '2026-11-22T00:02:03.000000Z', … }
 */
export function parseTarget(text: string): RecoveryTarget {
  if (text === 'latest' || text === 'immediate') return { kind: text };
  if (text.startsWith('xid:')) return { kind: 'xid', xid: parseXid(text) };
  if (text.startsWith('name:')) return { kind: 'name', name: parseName(text) };
  if (text.includes('/')) return { kind: 'lsn', lsn: parseTargetLsn(text) };
  if (/^\d{4}-/.test(text)) return { kind: 'time', ...parseTargetTime(text) };
  throw refused(text, 'is no recovery target');
}

/** `target` as {@link parseTarget} reads it. */
export function formatTarget(target: RecoveryTarget): string {
  if (target.kind === 'time') return target.text;
  if (target.kind === 'lsn') return formatLsn(target.lsn);
  if (target.kind === 'xid') return `xid:${target.xid}`;
  if (target.kind === 'name') return `name:${target.name}`;
  return target.kind;
}

/**
 * Proves that replay can stop just before `target`, when that is asked for.
 *
 * @throws {@link OpsError} `RESTORE-TARGET`.
 */
export function assertExclusiveFits(target: RecoveryTarget, isExclusive: boolean): void {
  if (!isExclusive || EXCLUDABLE.has(target.kind)) return;
  throw new OpsError('RESTORE-TARGET', `there is no point just before ${formatTarget(target)}`, {
    hint: 'leave out --exclusive; it goes with a time, an LSN or a transaction',
  });
}

function parseXid(text: string): bigint {
  const digits = text.slice('xid:'.length);
  const xid = /^\d{1,20}$/.test(digits) ? BigInt(digits) : undefined;
  // The first three of each epoch are never given to a transaction.
  if (xid === undefined || xid > MAX_XID || BigInt.asUintN(XID_BITS, xid) < FIRST_NORMAL_XID) {
    throw refused(
      text,
      'names no transaction',
      'write it as pg_current_xact_id() shows it: xid:735',
    );
  }
  return xid;
}

function parseName(text: string): string {
  const name = text.slice('name:'.length);
  const bytes = Buffer.byteLength(name);
  const isWritable = !/[\0\n\r]/.test(name) && name.isWellFormed();
  if (bytes > 0 && bytes <= MAX_NAME_BYTES && isWritable) return name;
  throw refused(
    text,
    'names no restore point',
    `write it as it was given to pg_create_restore_point, 1 to ${MAX_NAME_BYTES} bytes: name:before-upgrade`,
  );
}

function parseTargetLsn(text: string): Lsn {
  try {
    const lsn = parseLsn(text);
    if (lsn > 0n) return lsn;
  } catch (cause) {
    throw refused(text, 'is not an LSN', 'write it as PostgreSQL does: 16/B374D848', cause);
  }
  throw refused(
    text,
    'is before all WAL',
    'write it as pg_current_wal_lsn() shows it: 16/B374D848',
  );
}

function refused(text: string, what: string, hint = FORMS, cause?: unknown): OpsError {
  return new OpsError('RESTORE-TARGET', `${JSON.stringify(text)} ${what}`, {
    hint,
    cause,
    details: { target: text },
  });
}
