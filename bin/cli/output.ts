import { SingleBar } from 'cli-progress';
import colors from 'picocolors';
import { STORE_FORMAT } from '../../lib/core/contract/key-layout.ts';
import type { OpsError } from '../../lib/core/errors/ops-error.ts';

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** A bar on a terminal; elsewhere nothing, because logs say what happened. */
export interface Bar {
  /** `total` may be unknown. `detail` stands behind the bar. */
  update(done: number, total: number | undefined, detail: string): void;
  stop(): void;
}

/** What a command says. The only file of the project that writes to a terminal. */
export interface Output {
  readonly json: boolean;
  /** Whether a person watches. */
  readonly isTerminal: boolean;
  readonly paint: ReturnType<typeof colors.createColors>;
  /** The result: `document` as one line of JSON with `--json`, else the lines for people. */
  result(document: object, lines: readonly string[]): void;
  /** A remark for people, on stderr. */
  note(line: string): void;
  /** The end of a command that failed. */
  failure(error: OpsError): void;
  bar(label: string): Bar;
}

const SILENT_BAR: Bar = { update: () => undefined, stop: () => undefined };

/** Colours and bars appear only on a terminal; `--json` takes neither. */
export function createOutput({ stdout, stderr }: Streams, json: boolean): Output {
  const isTerminal = stderr.isTTY === true;
  const paint = colors.createColors(isTerminal && colors.isColorSupported);
  const note = (line: string): void => void stderr.write(`${line}\n`);
  const print = (document: object): void => {
    stdout.write(`${JSON.stringify({ format: STORE_FORMAT, ...document }, replaceBigint)}\n`);
  };
  return {
    json,
    isTerminal,
    paint,
    note,
    result: (document, lines) => {
      if (json) print(document);
      else stdout.write(`${lines.join('\n')}\n`);
    },
    failure: ({ code, message, hint, details }) => {
      if (json) print({ error: { code, message, hint, details } });
      note(`${paint.red('ERROR')} ${paint.bold(code)}: ${message}`);
      if (hint !== undefined) note(`${paint.yellow('HINT')}: ${hint}`);
    },
    bar: (label) => (isTerminal && !json ? terminalBar(label, stderr) : SILENT_BAR),
  };
}

function terminalBar(label: string, stream: NodeJS.WritableStream): Bar {
  const bar = new SingleBar({
    stream,
    format: `${label} {bar} {percentage}% {detail}`,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  bar.start(1, 0, { detail: '' });
  return {
    update: (done, total, detail) => {
      bar.setTotal(Math.max(total ?? done * 2, done, 1));
      bar.update(done, { detail });
    },
    stop: () => bar.stop(),
  };
}

function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
