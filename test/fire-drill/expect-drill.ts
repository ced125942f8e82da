import { expect } from 'vitest';
import type { DrillOutcome } from './run-drill.ts';

/**
 * Whether a drill went as it should: OK before, told of in time by the topic of its severity in words that say what is
 * wrong and where to read on, and over in time.
 */
export function expectDrill(outcome: DrillOutcome, severity: DrillOutcome['severity']): void {
  const { teller, page, promisedMin, clearPromisedMin } = outcome;
  const { wasOk, firedMin, toldMin, clearedMin, clearToldMin } = outcome;
  const seen = { wasOk, firedMin, toldMin, clearedMin, clearToldMin };
  expect({ ...seen, teller: teller.id, severity: outcome.severity }).toEqual({
    teller: teller.id,
    wasOk: true,
    firedMin: expect.any(Number),
    toldMin: expect.any(Number),
    clearedMin: expect.any(Number),
    clearToldMin: expect.any(Number),
    severity,
  });
  expect(toldMin).toBeLessThanOrEqual(promisedMin);
  expect(clearToldMin).toBeLessThanOrEqual(clearPromisedMin);
  const [says = ''] = teller.description.split('\n');
  expect(page).toMatchObject({
    severity,
    title: expect.stringContaining(`orders (prod) ${teller.id}`),
    text: says,
    links: expect.arrayContaining([
      { label: 'Runbook', url: expect.stringContaining(`#${teller.id.toLowerCase()}`) },
    ]),
  });
  expect(says).toMatch(/^[a-zA-Z].{20,}[^.]$/);
}
