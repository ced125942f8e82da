import { ERROR_CODES, type ErrorCode } from '../../errors/codes.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { HostRun } from '../../ports/host-commands.ts';

/** What Session Manager's agent says of every command that fails. */
const AGENTS_OWN = /^failed to run commands: exit status \d+$/;
/** As the host's scripts speak. */
const SCRIPTS_OWN = /^holdfast: ([A-Z]+-[A-Z-]+): (.+)$/;
const NOT_FOUND = 127;

/** What a host's command printed besides its result, without the agent's own line. */
export function stderrLines({ stderr }: Pick<HostRun, 'stderr'>): readonly string[] {
  return stderr.split('\n').filter((line) => line !== '' && !AGENTS_OWN.test(line));
}

/**
 * The failure of a command that ended with another status than 0: as the host's own scripts and the image's
 * roles have said it last, with that code; else `HOST-COMMAND`.
 */
export function hostFailure(run: HostRun, instanceId: string): OpsError {
  const lines = stderrLines(run);
  const told = lines.flatMap((line) => toldBy(line) ?? []).at(-1);
  if (told !== undefined) return told;
  const status = run.exitStatus ?? 0;
  const said = lines.at(-1) ?? run.details;
  return new OpsError('HOST-COMMAND', `${instanceId} ended with ${status}: ${said}`, {
    hint:
      status === NOT_FOUND
        ? 'the host has not booted yet, or from a bundle without this command: see its system log'
        : 'see "holdfast host status", and journalctl in a session on the host',
    details: { instanceId, status },
  });
}

function toldBy(line: string): OpsError | undefined {
  const [, code = '', message = ''] = SCRIPTS_OWN.exec(line) ?? [];
  if (isCode(code)) {
    return new OpsError(code, message, { hint: `docs/runbook.md has a section ${code}` });
  }
  const logged = parseLog(line);
  const [error, hint] = [logged['error'], logged['hint']];
  if (!isCode(logged['error_code']) || typeof error !== 'string') return undefined;
  return new OpsError(logged['error_code'], error, typeof hint === 'string' ? { hint } : {});
}

function parseLog(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}
