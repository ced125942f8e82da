/** One thing that `host apply` does. */
export type ApplyAction =
  | 'install-bundle'
  | 'restart-postgres'
  | 'reload-postgres'
  | 'restart-agent'
  | 'restart-pooler'
  | 'reload-pooler'
  | 'stop-pooler';

/** A step, and everything that it is needed for. */
export interface ApplyStep {
  readonly what: ApplyAction;
  readonly because: readonly string[];
}

/** The step, provided that anything calls for it. */
export function step(what: ApplyAction, because: readonly string[]): readonly ApplyStep[] {
  return because.length === 0 ? [] : [{ what, because }];
}
