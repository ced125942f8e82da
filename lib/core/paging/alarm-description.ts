/** What an alarm's description says, line by line. */
export interface AlarmDescription {
  /** What is wrong; absent when nobody wrote a sentence. */
  readonly sentence: string | undefined;
  /** What to look at first: SQL, or a command. */
  readonly look: string | undefined;
  /** What is at stake: `A` for data. */
  readonly tier: string | undefined;
}

/**
 * Reads a description: its first line is a sentence, and of the others one may begin with `look:` and one with `tier`.
 *
 * @example parseDescription('the disk fills\nhttps://…\nlook: holdfast status\ntier A, severity page, owner on-call')
 */
export function parseDescription(description = ''): AlarmDescription {
  const [first = '', ...others] = description
    .trim()
    .split('\n')
    .map((line) => line.trim());
  const after = (start: RegExp): string | undefined =>
    others.map((line) => start.exec(line)?.[1]).find((rest) => rest !== undefined && rest !== '');
  return {
    sentence: first.replace(/\.$/, '') || undefined,
    look: after(/^look:\s*(.*)$/i),
    tier: after(/^tier ([A-Z])\b/),
  };
}
