import { join } from 'node:path';
import { memoryFacts } from '../../lib/core/adapters/host/machine-facts.ts';
import { sharedMemoryPages } from '../../lib/core/adapters/postgres/shared-memory-pages.ts';
import { acquireFileLock } from '../../lib/core/adapters/system/file-lock.ts';
import {
  CLUSTER_DIRECTORY,
  DATA_DIRECTORY_NAME,
  POSTGRES_DIRECTORY,
} from '../../lib/core/contract/host-paths.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import { planHugePages } from '../../lib/core/host/settings/plan-huge-pages.ts';
import type { TaskProcess } from '../shared/run-task.ts';
import { runStep, type Step } from './run-step.ts';

const DATA_DIRECTORY = join(CLUSTER_DIRECTORY, DATA_DIRECTORY_NAME);
const CONF = join(POSTGRES_DIRECTORY, 'postgresql.conf');

/**
 * How many huge pages the kernel is to have for PostgreSQL. To tell, PostgreSQL reads what a superuser may have
 * set by ALTER SYSTEM, and loads libraries that are named there: run where no credentials can be reached.
 */
const countHugePages: Step = async ({ signal }) => {
  const lock = await acquireFileLock(`${DATA_DIRECTORY}.lock`);
  if (lock === undefined) {
    throw new OpsError('RESTORE-IN-USE', `${DATA_DIRECTORY} is in use`, {
      hint: 'a server that runs has the pages that it has',
    });
  }
  try {
    const neededPages = await sharedMemoryPages(DATA_DIRECTORY, CONF, { signal });
    return String(planHugePages({ neededPages, ...(await memoryFacts()) }));
  } finally {
    await lock.release();
  }
};

/** Runs the role `host-huge-pages`; gives the exit status. */
export async function runHostHugePages(io: TaskProcess): Promise<number> {
  return runStep('host-huge-pages', countHugePages, io);
}
