import type { Effect } from './fault-switch.ts';

/** The error of the system that an effect stands for. */
export function systemError(effect: Effect, call: string, path: string): Error {
  const code = effect === 'lost' ? 'EIO' : effect;
  return Object.assign(new Error(`${code}: as was arranged, ${call} '${path}'`), {
    code,
    syscall: call,
    path,
  });
}

/** Whether an effect keeps the call from doing anything. */
export function isRefusal(effect: Effect | undefined): boolean {
  return effect === 'EIO' || effect === 'ENOSPC' || effect === 'EACCES';
}

/** The first of the first two arguments that is a path below `root`. */
export function watchedPath(root: string, args: readonly unknown[]): string | undefined {
  return args
    .slice(0, 2)
    .filter((arg): arg is string => typeof arg === 'string')
    .findLast((path) => path.startsWith(`${root}/`));
}
