import { defineConfig } from 'vitest/config';

/** Tests that speak HTTP to an API server. */
const AWS = ['test/**/s3-*.test.ts', 'test/aws/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', ...AWS],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: { name: 'aws', include: AWS, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          globalSetup: ['test/support/readable-checkout.ts', 'test/support/compile-cache.ts'],
          include: ['test/integration/**/*.int.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Every file starts servers of its own; two at a time is what two cores carry.
          maxWorkers: 2,
        },
      },
    ],
  },
});
