import { onTestFinished, vi } from 'vitest';

/** Lines of JSON that were written to stdout and stderr. */
export interface CapturedLines {
  /** Lines of the log, by the name of their event. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
  /** Values of metrics, by name, of every line in the embedded metric format. */
  metrics(): Readonly<Record<string, unknown>>;
}

/** Keeps what this test's functions write, from now on, rather than to print it. */
export function captureLines(): CapturedLines {
  const lines: Record<string, unknown>[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      for (const line of String(chunk).split('\n')) {
        if (line.startsWith('{')) lines.push(JSON.parse(line) as Record<string, unknown>);
      }
      return true;
    });
    onTestFinished(() => spy.mockRestore());
  }
  return {
    logged: (event) => lines.filter((line) => line['event'] === event),
    metrics: () => {
      const values: Record<string, unknown> = {};
      return Object.assign(values, ...lines.filter((line) => '_aws' in line));
    },
  };
}
