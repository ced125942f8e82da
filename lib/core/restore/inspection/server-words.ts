import { toOpsError } from '../../errors/ops-error.ts';

/**
 * What a server said when it refused to start, without the time and process of each line; Holdfast's own
 * sentence when it said nothing in English.
 */
export function serverWords(error: unknown): string {
  const { message } = toOpsError(error);
  const lines = message.matchAll(/\b(?:LOG|FATAL|PANIC|DETAIL): {2}(.+)$/gm);
  const said = [...lines].map(([, words = '']) => words.replaceAll(/\s+/g, ' ').replace(/\.$/, ''));
  return said.join('; ') || message;
}
