import type { ErrorCode } from '../errors/codes.ts';
import { OpsError, toOpsError } from '../errors/ops-error.ts';
import type { CallOptions } from '../ports/object-store.ts';
import { type Fact, type Find, type GatherContext, NotNamed } from './facts.ts';

/** How one fact is gathered, and how long that may take. */
export interface FactSource<T> {
  /** For the error when it is late. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Code of that error. */
  readonly overdue: ErrorCode;
  readonly gather: (call: Required<CallOptions>, find: Find) => Promise<T>;
}

/** How the gathering ended. */
type Outcome<T> = { readonly value: T } | { readonly error: OpsError | NotNamed };

/** A fact that is gathered from `source` once it is asked for, and within its deadline. */
export function factFrom<T>(source: FactSource<T>): Fact<T> {
  let gathering: Promise<Outcome<T>> | undefined;
  let outcome: Outcome<T> | undefined;
  return {
    gather: async (context, find) => {
      gathering ??= gatherOnce(source, context, find);
      outcome = await gathering;
      return valueOf(outcome);
    },
    see: () => {
      if (outcome === undefined) throw new OpsError('INTERNAL', `${source.what} was not gathered`);
      return valueOf(outcome);
    },
  };
}

/** A fact that nobody can gather before the operator adds `option`. */
export function unnamedFact<T>(option: string): Fact<T> {
  const refuse = (): never => {
    throw new NotNamed(option);
  };
  return { gather: async () => refuse(), see: refuse };
}

async function gatherOnce<T>(
  { what, deadlineMs, overdue, gather }: FactSource<T>,
  { clock, signal }: GatherContext,
  find: Find,
): Promise<Outcome<T>> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const late = async (): Promise<never> => {
    await clock.sleep(deadlineMs, ends);
    const error = new OpsError(overdue, `${what}: no answer within ${deadlineMs / 1_000} s`, {
      hint: 'holdfast doctor  # again; else see what it waits for: the network, a disk, a lock, load',
    });
    over.abort(error);
    throw error;
  };
  try {
    return { value: await Promise.race([gather({ signal: ends }, find), late()]) };
  } catch (error) {
    // Wrapped once, so that all who are blind for the same reason can be known by it.
    return { error: error instanceof NotNamed ? error : toOpsError(error) };
  } finally {
    over.abort();
  }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
