/** What reads a whole store, the bare listing first. */
export const READINGS = ['listing', 'list', 'windows', 'verify', 'retention'] as const;
/** One of {@link READINGS}. */
export type Reading = (typeof READINGS)[number];
