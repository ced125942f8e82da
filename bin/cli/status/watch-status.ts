import { followCatalogue } from '../../../lib/core/catalog/follow-catalogue.ts';
import type { Cli } from '../cli.ts';
import { fitScreen } from './fit.ts';
import { readStatus, statusDocument, type StatusPlace, type StatusReading } from './read-status.ts';
import { runWatch } from './run-watch.ts';
import { watchLines } from './watch-lines.ts';
import type { WatchState } from './watch-state.ts';

/** Shows the status until it is told to end: as a screen, else as a block or a document per refresh. */
export async function watchStatus(place: StatusPlace, everySec: number, cli: Cli): Promise<void> {
  const { clock, output, signal } = cli;
  const read = statusReader(place, cli);
  using screen = output.screen();
  const draw = (state: WatchState): void => {
    if (screen === undefined) return;
    const lines = watchLines(state, clock.now(), output.paint);
    screen.draw(fitScreen(lines, screen.size()));
  };
  const print = (state: WatchState): void =>
    output.result(watchDocument(state, clock.now()), [
      ...watchLines(state, clock.now(), output.paint),
      '',
    ]);
  await runWatch(everySec * 1_000, {
    clock,
    signal,
    read,
    ...(screen === undefined ? { show: print } : { show: draw, tick: draw }),
  });
}

/** Finds the lineage once it can, then reads what is new. */
function statusReader(place: StatusPlace, cli: Cli): () => Promise<StatusReading> {
  const open = async (): Promise<() => Promise<StatusReading>> => {
    const { store, lineage } = await cli.openLineage(place);
    const follower = followCatalogue(store, lineage, cli.clock);
    return async () => readStatus(place, cli, lineage, await follower.next({ signal: cli.signal }));
  };
  let reader: (() => Promise<StatusReading>) | undefined;
  return async () => {
    reader ??= await open();
    return reader();
  };
}

/** The document of `status`, with its age, and why it is not newer. */
function watchDocument({ reading, readAt, failure }: WatchState, now: Date): object {
  return {
    at: now,
    readAt,
    error: failure && {
      code: failure.error.code,
      message: failure.error.message,
      since: failure.since,
    },
    remarks: reading?.remarks ?? [],
    status: reading && statusDocument(reading.status),
  };
}
