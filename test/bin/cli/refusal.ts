import { ERROR_CODES, type ErrorCode } from '../../../lib/core/errors/codes.ts';
import type { OperatorCluster, Scene } from './operator-cluster.ts';
import { failureOf, runHoldfast } from './run-holdfast.ts';

/** A command line that must be refused. */
export interface Refusal {
  readonly what: string;
  /** The verb first. `--store` and `--cluster` are put behind it, and may be overruled. */
  readonly words: (scene: Scene) => readonly string[];
  readonly prepare?: (scene: Scene) => Promise<unknown>;
  readonly env?: (scene: Scene) => Readonly<Record<string, string>>;
  readonly code: ErrorCode;
}

/** How a refusal ended. */
export interface Attempt {
  readonly exitCode: number | undefined;
  readonly code: string | undefined;
  readonly hasHint: boolean;
  readonly stdout: string;
  /** Whether store and data directory are, byte for byte, what they were. */
  readonly isUnchanged: boolean;
}

/** Runs the command line on a copy of the store. */
export async function attempt(
  cluster: OperatorCluster,
  { words, prepare, env }: Refusal,
): Promise<Attempt> {
  const scene = await cluster.copy();
  await prepare?.(scene);
  const before = await scene.hash();
  const [verb = '', ...more] = words(scene);
  const ending = await runHoldfast([verb, ...scene.place, ...more], { env: env?.(scene) });
  const isUnchanged = (await scene.hash()) === before;
  return { ...failureOf(ending), stdout: ending.stdout, isUnchanged };
}

/** What {@link attempt} must give. */
export function refusedWith(code: ErrorCode): Attempt {
  const { exitCode } = ERROR_CODES[code];
  return { exitCode, code, hasHint: true, stdout: '', isUnchanged: true };
}
