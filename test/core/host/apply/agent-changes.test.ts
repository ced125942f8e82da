import { expect, test } from 'vitest';
import { agentChanges } from '../../../../lib/core/host/apply/agent-changes.ts';

const TOLD = { environment: 'prod', cluster: 'orders', store: 's3://bucket', kmsKey: 'key' };

test('an agent that is to seal from now on is told so, and one that never sealed is left alone', () => {
  const before = JSON.stringify(TOLD);
  expect(agentChanges(before, TOLD)).toEqual([]);
  expect(agentChanges(before, { ...TOLD, envelopeKey: 'key' })).toEqual(['envelopeKey']);
  expect(agentChanges(JSON.stringify({ ...TOLD, envelopeKey: 'key' }), TOLD)).toEqual([
    'envelopeKey',
  ]);
});
