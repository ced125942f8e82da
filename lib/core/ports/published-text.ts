import type { CallOptions } from './object-store.ts';

/** A text that others read, and since when it has been as it is. */
export interface DatedText {
  readonly text: string;
  readonly since: Date;
}

/** Texts for everybody, by name. All throw `AWS-DENIED` and `AWS-FAILED`. */
export interface PublishedTexts {
  /** `undefined` while there is none. */
  read(name: string, options?: CallOptions): Promise<DatedText | undefined>;
  write(name: string, text: string, options?: CallOptions): Promise<void>;
}
