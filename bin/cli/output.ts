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
  /** The result: `document` as one line of JSON with `--json`, else the lines for people, if any. */
  result(document: object, lines: readonly string[]): void;
  /** A remark for people, on stderr. */
  note(line: string): void;
  /** The end of a command that failed. */
  failure(error: OpsError): void;
  /** The end of a command line that was not understood; people were told already. */
  misuse(message: string): void;
  bar(label: string): Bar;
}

/** Stands where an error's code stands; a wrong command line has a status of its own, 2. */
const MISUSE = 'USAGE';
/** What a bar shows besides how far it is. */
interface BarText {
  readonly isMeasured: boolean;
  readonly detail: string;
}

const BAR_WIDTH = 30;
const SILENT_BAR: Bar = { update: () => undefined, stop: () => undefined };

/** Colours and bars appear only on a terminal; `--json` takes neither. */
export function createOutput({ stdout, stderr }: Streams, json: boolean): Output {
  const isTerminal = stderr.isTTY === true;
  const paint = colors.createColors(isTerminal && colors.isColorSupported);
  const note = (line: string): void => void stderr.write(`${line}\n`);
  const print = (document: object): void => {
    stdout.write(`${JSON.stringify({ format: STORE_FORMAT, ...document }, toJson)}\n`);
  };
  return {
    json,
    isTerminal,
    paint,
    note,
    result: (document, lines) => {
      if (json) print(document);
      else if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
    },
    failure: ({ code, message, hint, details }) => {
      if (json) print({ error: { code, message, hint, details } });
      note(`${paint.red('ERROR')} ${paint.bold(code)}: ${message}`);
      if (hint !== undefined) note(`${paint.yellow('HINT')}: ${hint}`);
    },
    misuse: (message) => {
      const hint = 'run the verb with --help to see what it takes';
      if (json) print({ error: { code: MISUSE, message, hint, details: {} } });
    },
    bar: (label) => (isTerminal && !json ? terminalBar(label, stderr) : SILENT_BAR),
  };
}

function terminalBar(label: string, stream: NodeJS.WritableStream): Bar {
  const bar = new SingleBar({
    stream,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    format: (_, { progress }, { isMeasured, detail }: BarText) => {
      const full = '='.repeat(Math.round(progress * BAR_WIDTH));
      const gauge = `${full.padEnd(BAR_WIDTH, '-')} ${Math.floor(progress * 100)}% `;
      return `${label} ${isMeasured ? gauge : ''}${detail}`;
    },
  });
  bar.start(1, 0, { isMeasured: false, detail: '' } satisfies BarText);
  return {
    update: (done, total, detail) => {
      bar.setTotal(Math.max(total ?? 0, done, 1));
      bar.update(done, { isMeasured: total !== undefined, detail } satisfies BarText);
    },
    stop: () => bar.stop(),
  };
}

/** What is unknown is null: a key of the contract is always there. */
function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : (value ?? null);
}
