import { callSite, kindOf } from './call-site.ts';

/** What becomes of one call. */
export type Effect =
  /** It is refused, and did nothing: for files with this error of the system. */
  | 'EIO'
  | 'ENOSPC'
  | 'EACCES'
  | 'refused'
  /** It did all it was asked for, and its caller is told that it failed. */
  | 'lost'
  /** It breaks off in the middle. */
  | 'cut'
  /** The process is killed, before or after the call. */
  | 'killed-before'
  | 'killed-after'
  /** A program: cannot be started; dies; fails; does nothing; lies; babbles; never ends. */
  | 'absent'
  | 'dies'
  | 'fails'
  | 'idles'
  | 'lies'
  | 'babbles'
  | 'stalls';

/** One call to fail: the `turn`th (from 1) of those that look the same. */
export interface Fault {
  /** As {@link FaultSwitch.meet} was told: layer, operation, kind of object, and who called. */
  readonly call: string;
  readonly turn: number;
  readonly effect: Effect;
}

/** What was called between arming and disarming. */
export interface Tally {
  /** How often each call was made. */
  readonly calls: ReadonlyMap<string, number>;
  /** Whether the fault had its turn. */
  readonly isMet: boolean;
}

/** Decides, call by call, which one fails. While it is not armed none does, and none is counted. */
export interface FaultSwitch {
  arm(fault: Fault | undefined): void;
  disarm(): Tally;
  /**
   * Counts a call of the engine; its effect when its turn has come.
   *
   * @param site - who calls. @default - the file of the engine that does; nobody else counts
   */
  meet(layer: string, operation: string, on: string, site?: string): Effect | undefined;
}

/** Makes a switch that is not armed. */
export function createFaultSwitch(): FaultSwitch {
  let calls: Map<string, number> | undefined;
  let fault: Fault | undefined;
  let isMet = false;
  return {
    arm: (next) => {
      calls = new Map();
      fault = next;
      isMet = false;
    },
    disarm: () => {
      const tally = { calls: calls ?? new Map<string, number>(), isMet };
      calls = undefined;
      return tally;
    },
    meet: (layer, operation, on, site) => {
      const caller = calls === undefined ? undefined : (site ?? callSite());
      if (calls === undefined || caller === undefined) return undefined;
      const call = `${layer} ${operation} ${kindOf(on)} ${caller}`;
      const turn = (calls.get(call) ?? 0) + 1;
      calls.set(call, turn);
      if (fault?.call !== call || fault.turn !== turn) return undefined;
      isMet = true;
      return fault.effect;
    },
  };
}

/** Ends this process at once where an effect says so. */
export function killAt(moment: 'before' | 'after', effect: Effect | undefined): void {
  if (effect === `killed-${moment}`) process.kill(process.pid, 'SIGKILL');
}
