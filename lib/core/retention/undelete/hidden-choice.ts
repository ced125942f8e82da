/** What of all that is hidden is to come back. */
export type HiddenChoice =
  | { readonly kind: 'all' }
  /** With the WAL from its start to its stop, and what belongs to that. */
  | { readonly kind: 'backup'; readonly id: string }
  /** One object, by its whole key. */
  | { readonly kind: 'key'; readonly key: string };

/** What is to come back. */
export interface UndeleteRequest {
  readonly choice: HiddenChoice;
  /** Only what was hidden at this moment or later. @default - whenever it was */
  readonly hiddenAfter?: Date | undefined;
}
