import { readFile } from 'node:fs/promises';
import { Event } from '../../lib/core/contract/events.ts';
import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import { type AgentProcess, startAgentProcess } from '../support/agent-process.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { until } from '../support/until.ts';
import { codeOfStatus } from './code-of-status.ts';
import { ModelMismatch } from './mismatch.ts';
import { LONG_MS } from './patience.ts';
import { placeWords } from './place-words.ts';
import type { World } from './world.ts';

/** The agent of one server, in a process of its own. */
export interface ModelAgent {
  readonly pid: number;
  /** Throws what ended it, if something did. */
  assertAlive(): void;
  /** What ended it by itself; waits for that. `undefined` when it was told to, or killed. */
  readonly ended: Promise<ErrorCode | undefined>;
  /** Throws when it took more memory than it may, or met what nothing explains. */
  assertSound(): Promise<void>;
  /** SIGTERM: it must end with success. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Whose WAL an agent ships. */
export interface Shipper {
  readonly dataDirectory: string;
  readonly spool: string;
}

const MOST_MEMORY_MB = 300;
/** A full disk, and a newer writer. */
const EXPLAINED: ReadonlySet<unknown> = new Set(['WAL-SPOOL', 'WAL-FENCED']);

/** Starts an agent; resolves when it may write. Throws an error of the code that it was refused with. */
export async function startModelAgent(
  world: World,
  shipper: Shipper,
  mode: 'standing' | 'take-over' = 'standing',
): Promise<ModelAgent> {
  const grounds = mode === 'take-over' ? ['--take-over'] : [];
  const logFile = world.place('agent.log');
  const agent = startAgentProcess({
    words: [HOLDFAST, 'agent', ...placeWords(world, shipper), '--parallel', '2', ...grounds],
    logFile,
  });
  let failure: OpsError | undefined;
  let hasEnded = false;
  const ended = agent.exited.then((status) => {
    hasEnded = true;
    const code = codeOfStatus(status);
    if (code !== undefined) failure = new OpsError(code, `the agent of ${logFile} ended with it`);
    return code;
  });
  const assertAlive = (): void => {
    if (failure !== undefined) throw failure;
    if (hasEnded) throw new ModelMismatch(`the agent of ${logFile} ended, and nobody told it to`);
  };
  const hasStarted = async (): Promise<boolean> => {
    assertAlive();
    return (await agent.log()).some(({ event }) => event === Event.AGENT_STARTED);
  };
  await until('the agent may write', hasStarted, LONG_MS);
  return {
    pid: agent.pid,
    assertAlive,
    ended,
    assertSound: async () => {
      await assertExplained(agent, logFile);
      if (!hasEnded) await assertSmall(agent);
    },
    stop: async () => {
      if (hasEnded) return;
      await agent.stop();
      if (failure !== undefined) throw failure;
    },
    kill: async () => agent.killNine(),
  };
}

/** What the rightful writer has to ship is never refused, unless its spool has no room. */
async function assertExplained(agent: AgentProcess, logFile: string): Promise<void> {
  for (const { event, error_code: code } of await agent.log()) {
    const isFault =
      code === 'INTERNAL' || (event === Event.SEGMENT_REFUSED && !EXPLAINED.has(code));
    if (isFault) throw new ModelMismatch(`the agent of ${logFile} met ${String(code)}`);
  }
}

/** Its memory has a limit, whatever it went through. */
async function assertSmall({ pid }: AgentProcess): Promise<void> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const peakMb = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  if (peakMb <= MOST_MEMORY_MB) return;
  throw new ModelMismatch(`the agent took ${peakMb.toFixed(0)} MB, more than ${MOST_MEMORY_MB}`);
}
