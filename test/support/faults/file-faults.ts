import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { relative } from 'node:path';
import { type Effect, type FaultSwitch, killAt } from './fault-switch.ts';
import { replaceFunction } from './replace-function.ts';
import { isRefusal, systemError, watchedPath } from './system-error.ts';

const PROMISES = `
  access appendFile chmod chown copyFile cp lchown link lstat mkdir mkdtemp open readdir readFile
  readlink realpath rename rm rmdir stat statfs symlink truncate unlink utimes writeFile`;
const HANDLES = `
  appendFile chmod chown close datasync read readFile readv stat sync truncate utimes write
  writeFile writev`;
const READS = /^file \S*(read\w*|stat|lstat|statfs|realpath|access|open) /;
const OPENS = /^file (open|mkdtemp) /;

/** What is watched, and what is open there. */
export interface FileFaults {
  /** Paths that were opened and not closed; each is told once. */
  leftOpen(): readonly string[];
  /** How many are open now. */
  openNow(): number;
}

/** Effects that say something about a call on a file. */
export function fileEffects(call: string): readonly Effect[] {
  if (OPENS.test(call)) return ['EIO', 'EACCES', 'ENOSPC'];
  return READS.test(call) ? ['EIO', 'EACCES'] : ['EIO', 'ENOSPC', 'lost'];
}

/** From now on every call of this process on a file below `root` may be made to fail. */
export function installFileFaults(faults: FaultSwitch, root: string): FileFaults {
  const open = new Map<object, string>();
  const meet = (name: string, path: string): Effect | undefined =>
    faults.meet('file', name, relative(root, path));
  const watchHandle = (handle: object, path: string): void => {
    open.set(handle, path);
    for (const name of words(HANDLES)) {
      replaceFunction(handle, name, (original) => async (...args: unknown[]) => {
        const effect = meet(`handle.${name}`, path);
        if (name === 'close') open.delete(handle);
        // A descriptor is gone whatever close says: close(2).
        const isClosed = name === 'close' && isRefusal(effect);
        return settle(isClosed ? 'lost' : effect, name, path, async () => original(...args));
      });
    }
  };
  for (const name of words(PROMISES)) {
    replaceFunction(promises, name, (original) => async (...args: unknown[]) => {
      const path = watchedPath(root, args);
      if (path === undefined) return original(...args);
      const result = await settle(meet(name, path), name, path, async () => original(...args));
      if (name === 'open' && typeof result === 'object' && result !== null)
        watchHandle(result, path);
      return result;
    });
  }
  syncBuiltinESMExports();
  return {
    openNow: () => open.size,
    leftOpen: () => {
      const paths = [...open.values()];
      open.clear();
      return paths;
    },
  };
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

async function settle(
  effect: Effect | undefined,
  name: string,
  path: string,
  run: () => Promise<unknown>,
): Promise<unknown> {
  killAt('before', effect);
  if (effect !== undefined && isRefusal(effect)) throw systemError(effect, name, path);
  // Also when it fails by itself: many calls only ask whether something is there.
  const result = await run().finally(() => killAt('after', effect));
  if (effect === 'lost') throw systemError(effect, name, path);
  return result;
}
