import { spawnSync } from 'node:child_process';
import { execa } from 'execa';

/** What the linter minds. */
export interface LintFinding {
  readonly level: string;
  readonly rule: string;
  /** Template and place in it. */
  readonly where: string;
  readonly message: string;
}

/** How to get the linter, for the titles of tests that were not run. */
export const GET_CFN_LINT = 'pipx install cfn-lint';
const PROGRAM = 'cfn-lint';

interface Match {
  readonly Level: string;
  readonly Rule: { readonly Id: string };
  readonly Filename: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
  readonly Message: string;
}

/** Whether the linter can be run. In CI it must: a test that never runs proves nothing. */
export function hasCfnLint(): boolean {
  const { error, status } = spawnSync(PROGRAM, ['--version'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return true;
  if (process.env['CI'] === 'true') {
    throw new Error(`CI lints the templates, which needs ${PROGRAM}: ${GET_CFN_LINT}`);
  }
  return false;
}

/** All findings in `templates`, which are files. */
export async function lintTemplates(templates: readonly string[]): Promise<readonly LintFinding[]> {
  // The status says of what kind the findings are, which the findings do too.
  const { stdout, stderr } = await execa(PROGRAM, ['--format', 'json', '--', ...templates], {
    reject: false,
    stdin: 'ignore',
  });
  if (!stdout.startsWith('[')) throw new Error(`${PROGRAM} has no report: ${stderr}`);
  const matches = JSON.parse(stdout) as Match[];
  return matches.map(({ Level, Rule, Filename, Location, Message }) => ({
    level: Level,
    rule: Rule.Id,
    where: [Filename, ...(Location.Path ?? [])].join('/'),
    message: Message,
  }));
}
