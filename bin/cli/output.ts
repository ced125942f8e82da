import { SingleBar } from 'cli-progress';
import colors from 'picocolors';
import { STORE_FORMAT } from '../../lib/core/contract/key-layout.ts';
import type { OpsError } from '../../lib/core/errors/ops-error.ts';

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** A bar on a terminal; elsewhere nothing, because logs say what happened. */
export interface Bar {
  /** `total` may be unknown. `detail` stands behind the bar. */
  update(done: number, total: number | undefined, detail: string): void;
  stop(): void;
}

/** The whole terminal, until it is closed. */
export interface Screen extends Disposable {
  /** As it is now: a person may change it at any time. */
  size(): { readonly columns: number; readonly rows: number };
  /** Shows these lines and nothing else; each must fit. */
  draw(lines: readonly string[]): void;
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
  /** `undefined` when no person looks at stdout. Closed by whatever ends the process, too. */
  screen(): Screen | undefined;
}

/** Stands where an error's code stands; a wrong command line has a status of its own, 2. */
const MISUSE = 'USAGE';
/** What a bar shows besides how far it is. */
interface BarText {
  readonly isMeasured: boolean;
  readonly detail: string;
}

const BAR_WIDTH = 30;
/** Of a terminal that does not tell. */
const USUAL_SIZE = { columns: 80, rows: 24 };
/**
 * A screen of its own, without cursor, and back.
 *
 * @see https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
/** What stands between these is shown at once, where the terminal knows how; others ignore it. */
const HOLD = '\u001B[?2026h';
const RELEASE = '\u001B[?2026l';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';
/** How the screen that is open on a stream is closed: a terminal is one, however many speak to it. */
const openScreens = new WeakMap<NodeJS.WritableStream, () => void>();
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
      // Said on a screen that then goes away, it would never be read.
      openScreens.get(stdout)?.();
      if (json) print({ error: { code, message, hint, details } });
      note(`${paint.red('ERROR')} ${paint.bold(code)}: ${message}`);
      if (hint !== undefined) note(`${paint.yellow('HINT')}: ${hint}`);
    },
    misuse: (message) => {
      const hint = 'run the verb with --help to see what it takes';
      if (json) print({ error: { code: MISUSE, message, hint, details: {} } });
    },
    bar: (label) => (isTerminal && !json ? terminalBar(label, stderr) : SILENT_BAR),
    screen: () => (stdout.isTTY === true && !json ? openScreen(stdout) : undefined),
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

function openScreen(stdout: Streams['stdout']): Screen {
  const close = (): void => {
    if (!openScreens.delete(stdout)) return;
    process.removeListener('exit', close);
    stdout.write(LEAVE);
  };
  openScreens.set(stdout, close);
  process.once('exit', close);
  stdout.write(ENTER);
  return {
    // One that does not know its size says 0.
    size: () => ({
      columns: stdout.columns || USUAL_SIZE.columns,
      rows: stdout.rows || USUAL_SIZE.rows,
    }),
    draw: (lines) => {
      // Overwritten in place: clearing it first is what makes a screen flicker.
      const text = lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n');
      stdout.write(`${HOLD}${HOME}${text}${CLEAR_BELOW}${RELEASE}`);
    },
    [Symbol.dispose]: close,
  };
}

/** What is unknown is null: a key of the contract is always there. */
function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : (value ?? null);
}
