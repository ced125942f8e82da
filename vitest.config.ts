import { defineConfig } from 'vitest/config';
import { isMotoServerHere } from './test/support/moto-server.ts';
import { OVER_S3 } from './test/support/over-s3.ts';

/** Tests that speak HTTP to an API server. */
const AWS = ['test/**/s3-*.test.ts', 'test/aws/**/*.test.ts'];
/** Tests of the image, on an engine of their own. */
const CONTAINER = ['test/container/**/*.test.ts'];
/** Tests of a host's boot, on machines with systemd. */
const BOOT = ['test/boot/**/*.test.ts'];
/** Tests of checks and alarms on a real server. */
const HEALTH = ['test/health/**/*.int.test.ts'];
/** Tests that synthesize stacks. */
const INFRA = ['test/infra/**/*.test.ts'];
/** A folder for what the test files of a run share. */
const RUN_FOLDER = 'test/support/run-folder.ts';
/** Every file starts servers of its own, and waits for them: so many are what two cores carry. */
const FILES_AT_ONCE = 3;
const INTEGRATION_SETUP = [
  'test/support/readable-checkout.ts',
  'test/support/compile-cache.ts',
  'test/support/cluster-template.ts',
];
const IN_S3 = {
  include: OVER_S3.map((name) => `test/integration/${name}.int.test.ts`),
  globalSetup: [...INTEGRATION_SETUP, 'test/support/s3-server.ts'],
  setupFiles: ['test/support/s3-project.ts'],
};

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          globalSetup: RUN_FOLDER,
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', ...HEALTH, ...INFRA, ...CONTAINER, ...BOOT, ...AWS],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'infra',
          globalSetup: RUN_FOLDER,
          include: INFRA,
          testTimeout: 60_000,
          // To load CDK anew for each file would take three times as long.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'aws',
          globalSetup: RUN_FOLDER,
          include: AWS,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          globalSetup: INTEGRATION_SETUP,
          include: ['test/integration/**/*.int.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: FILES_AT_ONCE,
          // Vitest refuses to mix projects whose numbers of workers differ.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 's3',
          ...(isMotoServerHere()
            ? IN_S3
            : { include: ['test/integration/without-moto-server.test.ts'] }),
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'health',
          globalSetup: [RUN_FOLDER, ...INTEGRATION_SETUP],
          include: HEALTH,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: 'container',
          globalSetup: 'test/container/set-up.ts',
          include: CONTAINER,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'boot',
          globalSetup: 'test/boot/set-up.ts',
          include: BOOT,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
