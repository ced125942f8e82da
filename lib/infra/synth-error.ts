import type { IConstruct } from 'constructs';

/** What ends a synthesis: a code that never changes, a sentence with the value received, a hint. */
export class SynthError extends Error {
  override readonly name = 'SynthError';
  readonly code: string;
  readonly hint: string;

  /** @param scope - the construct at fault, named in the message; none for a fault of the files. */
  constructor(scope: IConstruct | undefined, code: string, message: string, hint: string) {
    const where = scope === undefined ? '' : `${scope.node.path}: `;
    super(`${code}: ${where}${message}\nhint: ${hint}`);
    this.code = code;
    this.hint = hint;
  }
}
