import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OVER_S3 } from './over-s3.ts';

test('every integration test that is to run over S3 is there', () => {
  const names = readdirSync(new URL('../integration', import.meta.url));
  const missing = OVER_S3.filter((name) => !names.includes(`${name}.int.test.ts`));
  expect(missing).toEqual([]);
});
