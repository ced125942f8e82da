import { Writable } from 'node:stream';
import { main } from '../../bin/cli/main.ts';
import { HOLDFAST } from './checkout.ts';

/** Use of a verb in a document: `holdfast recover --to latest` is `recover` with `--to`. */
export interface VerbUse {
  readonly verb: string;
  readonly options: readonly string[];
}

const FENCED = /^```(\w*)\n(.*?)^```$/gms;
const INLINE = /`([^`]+)`/g;
/** Also behind npm's own `--`. */
const VERB_USE = /\bholdfast (?:-- )?([a-z][a-z-]*)([^\n;|#]*)/g;

/** The commands of each ```sh block, in order. */
export function shellBlocks(markdown: string): readonly string[] {
  return [...markdown.matchAll(FENCED)]
    .filter(([, language]) => language === 'sh')
    .map(([, , text]) => text ?? '');
}

/** The single commands of all ```sh blocks, in order; a backslash at its end goes on with the line below. */
export function shellCommands(markdown: string): readonly string[] {
  return shellBlocks(markdown)
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .filter((line) => line.trim() !== '');
}

/** The part of a document below `## heading`, up to the next of its kind. */
export function sectionOf(markdown: string, heading: string): string {
  const [, section = ''] = `\n${markdown}`.split(`\n## ${heading}\n`);
  return section.split('\n## ')[0] ?? '';
}

/** A document without its code, where brackets mean what they say. */
export function withoutCode(markdown: string): string {
  return markdown.replace(FENCED, '').replace(INLINE, '');
}

/** The text of each block and each span of code. */
export function codeOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(FENCED)].map(([, , text]) => text ?? '');
  const spans = [...markdown.replace(FENCED, '').matchAll(INLINE)].map(([, text]) => text ?? '');
  return [...blocks, ...spans];
}

/** Every use of the command line in blocks and in spans of code. */
export function verbUses(markdown: string): readonly VerbUse[] {
  return codeOf(markdown)
    .flatMap((code) => [...code.matchAll(VERB_USE)])
    .map(([, verb = '', rest = '']) => ({ verb, options: rest.match(/--[a-z][a-z-]*/g) ?? [] }));
}

/** What the command line prints for `words`, such as `--help`. */
export async function helpOf(words: readonly string[]): Promise<string> {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString('utf8'));
      done();
    },
  });
  const { signal } = new AbortController();
  const io = { env: {}, stdout: stream, stderr: stream, program: HOLDFAST, signal };
  await main([...words, '--help'], io);
  return written.join('');
}

/** Names of all verbs, as `holdfast --help` lists them. */
export async function verbNames(): Promise<readonly string[]> {
  const [, below = ''] = (await helpOf([])).split('Commands:\n');
  const [listed = ''] = below.split('\n\n');
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name ?? '');
  return names.filter((name) => name !== 'help');
}
