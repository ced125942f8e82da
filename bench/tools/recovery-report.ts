import { z } from 'zod';

const Report = z.object({ restoreSec: z.number(), replaySec: z.number() });

/** Seconds of the parts of a recovery, from what `holdfast recover --execute --json` printed. */
export function parseRecoveryReport(stdout: string): z.output<typeof Report> {
  return Report.parse(JSON.parse(stdout));
}
