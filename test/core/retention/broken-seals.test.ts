import { beforeEach, describe, expect, test } from 'vitest';
import { brokenSeal } from '../../../lib/core/adapters/store/envelope/envelope-refusals.ts';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { AuditRecord } from '../../../lib/core/audit/archive-audit/audit-record.ts';
import { AuditKind, newestAudit } from '../../../lib/core/audit/archive-audit/find-audits.ts';
import { BACKUP_LEASE } from '../../../lib/core/contract/key-layout.ts';
import type { ObjectBody } from '../../../lib/core/ports/object-store.ts';
import { findAgreeing } from '../../../lib/core/retention/apply/find-agreeing.ts';
import { newestUndone, readDecisions } from '../../../lib/core/retention/apply/read-decisions.ts';
import { readHolds } from '../../../lib/core/retention/read-holds.ts';
import { readWorkUnderWay } from '../../../lib/core/retention/read-in-use.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { claimTestLineage } from '../../support/wal-fixture.ts';
import { retentionStage } from './apply/retention-stage.ts';

const NOW = new Date('2026-12-01T00:00:00Z');
const ID = '20261130T000000Z';

/** Nothing that is put here opens again. */
class BrokenStore extends MemoryObjectStore {
  isBroken = false;

  override async get(key: string): Promise<ObjectBody> {
    if (this.isBroken) throw brokenSeal(key, 'was cut');
    return super.get(key);
  }
}

let store: BrokenStore;
let lineage: Lineage;

beforeEach(async () => {
  store = new BrokenStore();
  lineage = await claimTestLineage(store);
});

async function broken(key: string): Promise<void> {
  store.isBroken = true;
  await store.replace(key, Buffer.from('sealed'), { ifMatch: undefined });
}

describe('a record whose seal is broken is damaged', () => {
  test('as a hold, which then holds everything', async () => {
    const key = lineage.keys.hold(ID);
    await broken(key);
    expect(await readHolds(store, lineage)).toEqual({ standing: [], damaged: [key] });
  });

  test('as a lease, which then counts as held', async () => {
    await broken(lineage.keys.lease(BACKUP_LEASE));
    expect(await readWorkUnderWay(store, lineage, NOW)).toMatchObject({ isBackupRunning: true });
  });

  test('as an undo, which then counts up to when it came', async () => {
    const key = lineage.keys.retention.undone(ID);
    await broken(key);
    expect(await newestUndone(store, lineage)).toEqual((await store.head(key))?.modifiedAt);
  });

  test('as an audit, which then tells nothing', async () => {
    const key = lineage.keys.audit(ID);
    await broken(key);
    const query = { kind: AuditKind.ARCHIVE, schema: AuditRecord, now: NOW };
    const nothing = { record: undefined, unreadable: key };
    expect(await newestAudit(store, lineage, query)).toEqual(nothing);
  });

  test('as an older plan, which then does not count', async () => {
    const stage = await retentionStage(store);
    const { plan } = await stage.apply();
    await stage.days(7);
    const today = await stage.deps().plan({});
    const decisions = await readDecisions(store, stage.lineage);
    store.isBroken = true;
    const found = await findAgreeing(store, decisions, { plan: today, storedAt: today.at });
    expect(found).toMatchObject({ plan: undefined, unreadable: [plan.id] });
  });
});
