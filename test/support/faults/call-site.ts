import { basename } from 'node:path';

/** The engine. */
const ENGINE = /\/(?:lib\/core|bin\/cli)\/[^)]*?([\w-]+\.ts)/;
/** Stands between every caller and the store. */
const BETWEEN = /^(with-deadlines|deadline|deadline-relay)\.ts$/;
const STACK_FRAMES = 40;

/** Name of the file of the engine that made the call under way; `undefined` when somebody else did. */
export function callSite(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_FRAMES;
  const { stack = '' } = new Error('where am I');
  Error.stackTraceLimit = limit;
  for (const line of stack.split('\n')) {
    const [, file] = ENGINE.exec(line) ?? [];
    if (file !== undefined && !BETWEEN.test(file)) return basename(file, '.ts');
  }
  return undefined;
}

/**
 * A path or key without what differs from run to run. Files of a store, and those that a recovery
 * restores, are of one kind each: who calls tells more of them than their names.
 */
export function kindOf(path: string): string {
  return path
    .replace(/^(?:still|live)\//, '')
    .replace(/^orders\/\d+-\d+\//, '')
    .replace(/^store\/(?!\.tmp).*$/, 'store/…')
    .replace(/^recovered\/holdfast-recovery\/.*$/, 'recovered/holdfast-recovery/…')
    .replace(/^recovered\/(?!holdfast-recovery|recovery\.signal).*$/, 'recovered/…')
    .replaceAll(/\d{8}T\d{6}Z-[0-9A-F]{8}-[0-9A-F]{24}/g, '<backup>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '<uuid>')
    .replaceAll(/\b[0-9A-F]{24}\b/g, '<segment>')
    .replaceAll(/\b[0-9A-F]{8}\b/g, '<timeline>')
    .replaceAll(/\d+/g, '<n>');
}
