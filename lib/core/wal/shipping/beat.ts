import type { Clock } from '../../ports/clock.ts';
import type { Spool } from '../../ports/spool.ts';

/** How often whoever ships says that it lives; the archive script gives it five times as long. */
const HEARTBEAT_MS = 1_000;

/** Beats until it is disposed. A spool that cannot be written to is the archive script's to notice. */
export function startBeating(spool: Spool, clock: Clock): AsyncDisposable {
  const ended = new AbortController();
  const beating = keepBeating();
  return {
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await beating;
    },
  };

  async function keepBeating(): Promise<void> {
    while (!ended.signal.aborted) {
      await spool.beat(clock.now()).catch(() => undefined);
      await clock.sleep(HEARTBEAT_MS, ended.signal).catch(() => undefined);
    }
  }
}
