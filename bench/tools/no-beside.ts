import type { Beside } from './tool.ts';

/** Of a tool that only works when PostgreSQL or a person calls it. */
export const NOTHING_BESIDE: Beside = {
  pids: new Set(),
  [Symbol.asyncDispose]: async () => undefined,
};
