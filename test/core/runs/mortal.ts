import type { RunStage } from './run-stage.ts';

/** What ends an invocation in the middle. */
export class Killed extends Error {}

/** How an invocation dies. */
export interface Death {
  /** Effects that it lives through; `Infinity` for one that lives. */
  readonly after: number;
  /** Whether the effect at which it dies is carried out. */
  readonly isCarriedOut: boolean;
}

/** The stage's store and ECS for one invocation, of which a put or a start is its last. */
export function mortal(
  { store, ecs }: RunStage,
  { after, isCarriedOut }: Death,
): Pick<RunStage, 'store' | 'ecs'> {
  let effects = 0;
  const deadly = <O extends object>(object: O, deadlyMethod: string): O =>
    new Proxy(object, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name !== deadlyMethod) return value.bind(target) as unknown;
        return async (...args: unknown[]): Promise<unknown> => {
          effects += 1;
          const isLast = effects > after;
          if (isLast && !isCarriedOut) throw new Killed();
          const result: unknown = await Reflect.apply(value, target, args);
          if (isLast) throw new Killed();
          return result;
        };
      },
    });
  return { store: deadly(store, 'putIfAbsent'), ecs: deadly(ecs, 'start') };
}

/** Waits for an invocation; only one that was killed may fail. */
export async function unlessKilled(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}
