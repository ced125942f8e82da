import type { ApplyPlan } from './apply-plan.ts';
import type { ApplyAction, ApplyStep } from './apply-step.ts';

const SAYS: Readonly<Record<ApplyAction, string>> = {
  'install-bundle': "install the host's scripts and units",
  'restart-postgres': 'restart PostgreSQL',
  'reload-postgres': 'reload PostgreSQL',
  'restart-agent': 'restart the agent',
  'restart-pooler': 'restart the pooler',
  'reload-pooler': 'reload the pooler',
  'stop-pooler': 'stop the pooler',
};

/** A plan for people: a line for each step, and below it each of its reasons. */
export function planLines({ steps, shadowed, interrupts, window }: ApplyPlan): readonly string[] {
  return [
    ...(steps.length === 0
      ? ['Nothing to do: the host is as it was deployed.']
      : steps.flatMap(stepLines)),
    ...shadowed.map(
      ({ name, wanted, by, source }) =>
        `without effect: ${name} = ${wanted}, because ${source} says ${by}${remedyOf(name, source)}`,
    ),
    ...(interrupts ? ['Clients lose their connections.', ...windowLines(window)] : []),
  ];
}

function stepLines({ what, because }: ApplyStep): readonly string[] {
  return [SAYS[what], ...because.map((reason) => `  because ${reason}`)];
}

function remedyOf(name: string, source: string): string {
  return source === 'ALTER SYSTEM' ? `; see "ALTER SYSTEM RESET ${name}"` : '';
}

function windowLines(window: ApplyPlan['window']): readonly string[] {
  if (window === null) return [];
  const [opens, closes] = [window.opensAt, window.closesAt].map((date) => date.toISOString());
  return window.isOpen
    ? [`The maintenance window is open until ${closes}.`]
    : [`The maintenance window is closed; it opens at ${opens}.`];
}
