import { OpsError } from '../../lib/core/errors/ops-error.ts';
import { hostFailure, stderrLines } from '../../lib/core/host/command/host-failure.ts';
import type { HostRun } from '../../lib/core/ports/host-commands.ts';
import type { Output } from './output.ts';

/**
 * Shows what a host's command printed; gives the exit status, 0.
 *
 * @throws {@link OpsError} the host's own failure when it ended with another; `HOST-COMMAND` for a document
 *   that is not whole.
 */
export function showHostRun(run: HostRun, instanceId: string, output: Output): number {
  const lines = run.stdout.trimEnd().split('\n');
  if (run.exitStatus !== 0) {
    // A document of its own says how it failed.
    if (!output.json && run.stdout !== '') output.result({}, lines);
    throw hostFailure(run, instanceId);
  }
  for (const line of stderrLines(run)) output.note(line);
  output.result(output.json ? documentOf(run.stdout, instanceId) : {}, lines);
  return 0;
}

function documentOf(text: string, instanceId: string): object {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) return document;
  } catch {
    // Said below.
  }
  throw new OpsError('HOST-COMMAND', `what ${instanceId} printed is no whole JSON document`, {
    hint: 'Session Manager cuts what is longer than 24,000 characters: run it without --json, or on the host',
    details: { instanceId, characters: text.length },
  });
}
