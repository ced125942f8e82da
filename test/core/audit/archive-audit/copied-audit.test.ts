import { expect, test } from 'vitest';
import { AuditRecord } from '../../../../lib/core/audit/archive-audit/audit-record.ts';
import { AuditKind, newestAudit } from '../../../../lib/core/audit/archive-audit/find-audits.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { type ArchiveLife, beginLife } from './archive-life.ts';

/** As if another audit's record had come along from the archive, an hour later. */
async function audited(
  life: ArchiveLife,
  changes: Partial<AuditRecord> = {},
): Promise<AuditRecord> {
  life.wait(1);
  const { store, lineage } = life;
  const record = { ...(await life.audit()), ...changes };
  life.wait(1);
  const id = record.id.replace(/\d{4}Z$/, '3000Z');
  await putRecord(store, lineage.keys.audit(id), AuditRecord, { ...record, id }, { epoch: 0 });
  return record;
}

async function newest(life: ArchiveLife): Promise<AuditRecord | undefined> {
  const query = { kind: AuditKind.ARCHIVE, schema: AuditRecord, now: life.now() };
  return (await newestAudit(life.store, life.lineage, query)).record;
}

test('an audit of the archive is no audit of its copy: the next one begins where its own ended', async () => {
  const life = await beginLife();
  for (let number = 1; number <= 3; number += 1) await life.archive(number);
  await audited(life, { store: 's3://archive' });
  const own = await newest(life);
  expect(own?.store).toBe(life.store.url);
  expect(own?.id.endsWith('0000Z')).toBe(true);
  expect((await audited(life)).pass).toBe('incremental');
});

test('one that knows of nothing but the archive’s looks at everything', async () => {
  const life = await beginLife();
  for (let number = 1; number <= 3; number += 1) await life.archive(number);
  const { store, lineage } = life;
  const elsewhere = { ...(await life.auditAnew()), store: 's3://archive' };
  const key = lineage.keys.audit(elsewhere.id);
  await putRecord(store, key, AuditRecord, elsewhere, { epoch: 0 });
  expect(await newest(life)).toBeUndefined();
  const sameHour = await life.audit();
  expect(sameHour).toMatchObject({ pass: 'full', store: store.url });
  expect(sameHour.id > elsewhere.id).toBe(true);
  expect(await life.audit()).toEqual(sameHour);
});
