import { expect, test } from 'vitest';
import { type Facts, transactionKey } from './facts.ts';
import { type Acknowledged, assertKept } from './kept-promises.ts';
import { ModelMismatch } from './mismatch.ts';

const TIMELINE = 1;
const [first, second]: readonly Acknowledged[] = [
  { xid: 800, changes: [{ kind: 'delete', table: 't', id: 1 }], sentMs: 10, heardMs: 20 },
  { xid: 801, changes: [{ kind: 'delete', table: 't', id: 2 }], sentMs: 30, heardMs: 40 },
];
const both = [first, second].filter((one) => one !== undefined);

/** What is known once these transactions were written, one after the other. */
function written(xids: readonly number[]): Facts {
  const tape = xids.map((xid, index) => ({
    startLsn: BigInt(index * 100),
    endLsn: BigInt(index * 100 + 100),
    event: { kind: 'commit' as const, xid, micros: BigInt(index) },
  }));
  const timeline = { timeline: TIMELINE, parent: undefined, beginLsn: 0n, tape };
  return {
    segmentBytes: 1024 * 1024,
    timelines: new Map([[TIMELINE, timeline]]),
    backups: [],
    transactions: new Map(both.map(({ xid, changes }) => [transactionKey(TIMELINE, xid), changes])),
    segments: new Set(),
    histories: new Set(),
    writerTimeline: TIMELINE,
  };
}

test('acknowledged commits that were written in their order are kept', () => {
  expect(() => assertKept(written([800, 801]), TIMELINE, both)).not.toThrow();
});

test('fails when an acknowledged commit was not written', () => {
  const check = (): void => assertKept(written([800]), TIMELINE, both);
  expect(check).toThrow(
    new ModelMismatch('the commit of transaction 801 was acknowledged and is lost'),
  );
});

test('fails when the number of a lost commit was given to another transaction', () => {
  const facts = written([800, 801]);
  const transactions = new Map([...facts.transactions, [transactionKey(TIMELINE, 801), []]]);
  expect(() => assertKept({ ...facts, transactions }, TIMELINE, both)).toThrow(ModelMismatch);
});

test('fails when a commit was written before one that ended before it began', () => {
  const check = (): void => assertKept(written([801, 800]), TIMELINE, both);
  expect(check).toThrow(
    new ModelMismatch('transaction 801 was written before one that ended before it began'),
  );
});
