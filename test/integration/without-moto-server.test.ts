import { expect, test } from 'vitest';
import { GET_MOTO, hasMotoServer } from '../support/moto-server.ts';

/** Stands for all that the project "s3" would run: see vitest.config.ts. */
test.skipIf(!hasMotoServer())(`integration tests over S3 (need ${GET_MOTO})`, () => {
  expect(hasMotoServer()).toBe(true);
});
