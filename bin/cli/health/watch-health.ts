import { probeMemory } from '../../../lib/core/health/probe-memory.ts';
import { healthReport, type HealthReport } from '../../../lib/core/health/report.ts';
import type { Cli } from '../cli.ts';
import { formatTime } from '../format.ts';
import { fitScreen } from '../status/fit.ts';
import { healthDocument, isFine } from './health-document.ts';
import { healthLines } from './health-lines.ts';
import { type HealthPlace, lookOnce } from './look-once.ts';

const EVERY_MS = 10_000;

/**
 * Shows the health until it is told to end, the worst first: as a screen, else as a block or a document for each look. A
 * server that does not answer is what it shows, and no end of it.
 */
export async function watchHealth(place: HealthPlace, cli: Cli): Promise<void> {
  const { clock, output, signal } = cli;
  using screen = output.screen();
  const memory = probeMemory();
  while (!signal.aborted) {
    const startMs = clock.elapsedMs();
    const look = await lookOnce(place, cli, memory.state).catch(unlessEnded(signal));
    if (look === undefined) return;
    memory.state = look.state;
    const report = healthReport(place.cluster ?? '', look.run);
    const shown = lines(report, isFine(report, look.run), cli);
    if (screen === undefined) output.result(healthDocument(report, look.run), shown);
    else screen.draw(fitScreen(shown, screen.size()));
    const restMs = Math.max(0, EVERY_MS - (clock.elapsedMs() - startMs));
    await clock.sleep(restMs, signal).catch(unlessEnded(signal));
  }
}

function lines(report: HealthReport, fine: boolean, { output: { paint } }: Cli): readonly string[] {
  return [
    `${paint.bold('holdfast health')}  ${formatTime(report.at)}`,
    '',
    ...healthLines(report, fine, paint),
    '',
  ];
}

/** What ends the watch is no error of it. */
function unlessEnded(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
