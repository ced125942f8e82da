import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { type Effect, type FaultSwitch, killAt } from './fault-switch.ts';

/** What a shell does in the place of a program, which stands with its arguments in `"$@"`. */
const SCRIPTS: Partial<Record<Effect, string>> = {
  dies: 'kill -9 $$',
  fails: 'echo "made to fail" >&2; exit 3',
  idles: 'exit 0',
  lies: '"$@"; exit 3',
  babbles: 'head -c 4096 /dev/urandom; exit 0',
  stalls: 'exec sleep 1000',
};
/** Ends like a program that runs until it is told to end. */
const SERVERS = new Set(['postgres']);

/** Effects that say something about a program. */
export function programEffects(call: string): readonly Effect[] {
  const effects: readonly Effect[] = ['absent', 'dies', 'fails', 'idles', 'babbles', 'stalls'];
  return SERVERS.has(call.split(' ')[1] ?? '') ? effects : [...effects, 'lies'];
}

/** From now on every program that this process starts may be made to misbehave. */
export function installProgramFaults(faults: FaultSwitch): void {
  const { spawn } = childProcess;
  const faulty = (program: string, args: readonly string[], options: object): unknown => {
    const effect = faults.meet('program', basename(program), args[0] ?? '');
    killAt('before', effect);
    const child = start(effect, program, args, options);
    killAt('after', effect);
    return child;
  };
  const start = (
    effect: Effect | undefined,
    program: string,
    args: readonly string[],
    options: object,
  ): unknown => {
    if (effect === 'absent') return spawn('/nowhere/program', args, options);
    const script = effect && SCRIPTS[effect];
    if (script === undefined) return spawn(program, args, options);
    return spawn('/bin/sh', ['-c', script, 'sh', program, ...args], options);
  };
  Reflect.set(childProcess, 'spawn', faulty);
  syncBuiltinESMExports();
}
