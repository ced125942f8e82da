import { toOpsError } from '../errors/ops-error.ts';
import type { ProbeContext } from './probe-run.ts';
import { readServerFacts } from './read-server-facts.ts';

/** Whether clients find the server that they want. */
export interface Readiness {
  readonly isReady: boolean;
  readonly why: string;
}

/** Ready is a server that lets the monitoring role in and is what it is to be: the writer. Never rejects. */
export async function readReadiness({
  sessions,
  cluster,
  signal,
}: Pick<ProbeContext, 'sessions' | 'cluster' | 'signal'>): Promise<Readiness> {
  try {
    await using session = await sessions.open(undefined, { signal });
    const { inRecovery } = await readServerFacts(session, { signal });
    if (inRecovery !== cluster.isWriter) return { isReady: true, why: 'it answers' };
    return { isReady: false, why: inRecovery ? 'in recovery' : 'not in recovery' };
  } catch (error) {
    return { isReady: false, why: toOpsError(error).code };
  }
}
