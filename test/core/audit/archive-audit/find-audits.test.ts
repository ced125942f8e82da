import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { AuditKind, newestAudit } from '../../../../lib/core/audit/archive-audit/find-audits.ts';
import { HashRecord, SLOTS } from '../../../../lib/core/audit/hash-audit/hash-record.ts';
import { occurrenceId } from '../../../../lib/core/contract/deployed-names.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { claimTestLineage } from '../../../support/wal-fixture.ts';

const NOW = new Date('2026-11-22T12:00:00.000Z');
const MINUTE_MS = 60_000;

let store: MemoryObjectStore;
let lineage: Lineage;

beforeEach(async () => {
  store = new MemoryObjectStore();
  lineage = await claimTestLineage(store);
});

function place(minutes: number): { readonly id: string; readonly key: string; readonly at: Date } {
  const at = new Date(NOW.getTime() + minutes * MINUTE_MS);
  const id = occurrenceId(at);
  return { id, at, key: lineage.keys.audit(`${id}${AuditKind.HASH}`) };
}

async function audited(minutes: number): Promise<string> {
  const { id, at, key } = place(minutes);
  const record: HashRecord = {
    id,
    at,
    store: store.url,
    dueAt: Array.from({ length: SLOTS }, () => at),
    readObjects: 0,
    readBytes: 0,
    findings: { listed: [], more: 0 },
  };
  await putRecord(store, key, HashRecord, record, { epoch: 0 });
  return id;
}

/** A record that is not what it should be. */
async function damaged(minutes: number): Promise<string> {
  const { key } = place(minutes);
  await store.putStream(
    key,
    (async function* () {
      yield Buffer.from('{');
    })(),
  );
  return key;
}

async function newest(): Promise<{ readonly id?: string; readonly unreadable?: string }> {
  const query = { kind: AuditKind.HASH, schema: HashRecord, now: NOW };
  const { record, unreadable } = await newestAudit(store, lineage, query);
  return { ...(record && { id: record.id }), ...(unreadable !== undefined && { unreadable }) };
}

describe('newestAudit', () => {
  test('takes the newest, and passes over what is of the future', async () => {
    await audited(-60);
    const id = await audited(4);
    await audited(6);
    await audited(600_000);
    expect(await newest()).toEqual({ id });
  });

  test('takes the one before those that cannot be read, and names the newest of them', async () => {
    const id = await audited(-60);
    await damaged(-20);
    const unreadable = await damaged(-10);
    expect(await newest()).toEqual({ id, unreadable });
  });

  test('gives up behind a few that cannot be read', async () => {
    await audited(-60);
    for (let minutes = -15; minutes < -10; minutes += 1) await damaged(minutes);
    expect(await newest()).toEqual({ unreadable: place(-11).key });
  });
});
