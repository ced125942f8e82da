import { expect, test } from 'vitest';
import { clusterOf } from '../support/inputs.ts';
import { textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

/** What the standard tier of Parameter Store holds. */
const STANDARD_BYTES = 4_096;

test('many settings still fit into what the host is told', () => {
  const settings = Object.fromEntries(
    Array.from({ length: 150 }, (_, index) => [`extension.setting_${index}`, 'a value of its own']),
  );
  const config = synthesize(clusterOf({ postgres: { settings } }))
    .resources('AWS::SSM::Parameter')
    .find(({ path }) => path === 'orders-Host/ConfigParameter');
  expect(textOf(config?.properties['Value']).length).toBeGreaterThan(STANDARD_BYTES);
  expect(config?.properties['Tier']).toBe('Intelligent-Tiering');
});
