import { expect, test } from 'vitest';
import { tablespaceDocuments, tablespaceLines } from '../../../bin/cli/tablespace-lines.ts';

const FAST = {
  from: '/old/fast',
  to: '/new/fast',
  oids: ['16385'],
  names: ['fast'],
  bytes: 10,
  createdAt: undefined,
};
const YOUNG = { ...FAST, from: '/old/young', oids: [], names: [], createdAt: 0x300_0028n };

test('a plan names each tablespace and its new place, for people and for programs', () => {
  expect(tablespaceLines([FAST, YOUNG]).join('\n')).toBe(`tablespace fast: /old/fast
           goes to /new/fast
tablespace one created at 0/3000028: /old/young
           goes to /new/fast`);
  expect(tablespaceDocuments([FAST, YOUNG])).toMatchObject([
    { names: ['fast'], from: '/old/fast', to: '/new/fast', bytes: 10, createdLsn: null },
    { names: [], from: '/old/young', createdLsn: '0/3000028' },
  ]);
});
