import { type Command, Option } from 'commander';
import { TIERS } from '../../../lib/core/contract/health-metrics.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { probeMemory } from '../../../lib/core/health/probe-memory.ts';
import { healthReport } from '../../../lib/core/health/report.ts';
import { withOptionalStore, withServer } from '../common-options.ts';
import { healthDocument, isFine } from '../health/health-document.ts';
import { healthLines, listDocument, listLines } from '../health/health-lines.ts';
import { type HealthPlace, lookOnce } from '../health/look-once.ts';
import { watchHealth } from '../health/watch-health.ts';
import type { Action, RunAction } from '../verb.ts';

interface HealthOptions extends HealthPlace {
  readonly watch?: true;
  readonly list?: true;
}

/** `holdfast health`. */
export function addHealthVerb(program: Command, run: RunAction): Command {
  return withServer(withOptionalStore(program.command('health')))
    .description('whether data or service is at risk on a running server; changes nothing')
    .option('--watch', 'keep showing it, until Ctrl-C; with --json one document a line')
    .option('--list', 'every check there is, what it needs and where to look; asks no server')
    .addOption(new Option('--tier <letter>', 'only checks of this tier').choices(TIERS))
    .addHelpText(
      'after',
      `
Runs the checks that the probe of a deployment runs each minute, all of them at
once; what compares two runs is run again after 2 seconds. What it could not see
is blind, and never ok. Log in as holdfast_monitor to see what the probe sees.
Ends with status 0 when nothing pages and no check failed, else with ${ERROR_CODES['HEALTH-FAILED'].exitCode}.`,
    )
    .action(run(healthVerb));
}

const healthVerb: Action<HealthOptions> = async (options, cli) => {
  const { output } = cli;
  if (options.list === true) {
    output.result(listDocument(), listLines(output.paint));
    return 0;
  }
  if (options.watch === true) {
    await watchHealth(options, cli);
    return 0;
  }
  const { run } = await lookOnce(options, cli, probeMemory().state);
  const report = healthReport(options.cluster ?? '', run);
  const fine = isFine(report, run);
  output.result(healthDocument(report, run), healthLines(report, fine, output.paint));
  return fine ? 0 : ERROR_CODES['HEALTH-FAILED'].exitCode;
};
