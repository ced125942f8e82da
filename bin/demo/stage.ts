import type { Clock } from '../../lib/core/ports/clock.ts';
import { formatSeconds } from '../cli/format.ts';
import type { Bar, Output } from '../cli/output.ts';

/** Tells a person what the demo does, step by step. */
export interface Stage {
  /** Runs one step and says how long it took; the bar stands for what the step has to show. */
  step<T>(title: string, work: (bar: Bar) => Promise<T>): Promise<T>;
}

/** A stage that speaks through `output`. */
export function createStage(output: Output, clock: Clock): Stage {
  const { paint } = output;
  let nth = 0;
  return {
    step: async (title, work) => {
      nth += 1;
      const startedMs = clock.elapsedMs();
      const label = `${String(nth).padStart(2)}  ${title}`;
      const progress = output.bar(label);
      try {
        const result = await work(progress);
        progress.stop();
        const seconds = (clock.elapsedMs() - startedMs) / 1_000;
        output.note(`${paint.green('ok')} ${label}  ${paint.dim(formatSeconds(seconds))}`);
        return result;
      } catch (error) {
        progress.stop();
        output.note(`${paint.red('no')} ${label}`);
        throw error;
      }
    },
  };
}
