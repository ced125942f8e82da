import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import {
  GET_CFN_LINT,
  hasCfnLint,
  type LintFinding,
  lintTemplates,
} from '../../support/cfn-lint.ts';
import { ENVIRONMENT_NAMES, synthesized } from './assembly.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';

const WRONG = 'wrong.template.json';
/** Warnings that are known, and why they stay. */
const TOLERATED: ReadonlyMap<string, string> = new Map([
  ['W3005', 'the CDK names what a function depends on also where a reference says so already'],
]);

describe.skipIf(!hasCfnLint())(`cfn-lint (needs ${GET_CFN_LINT})`, () => {
  let findings: readonly LintFinding[];
  beforeAll(async () => {
    const assemblies = await Promise.all(ENVIRONMENT_NAMES.map(synthesized));
    const templates = assemblies.flatMap(({ directory, stacks }) =>
      stacks.map(({ id }) => join(directory, `${id}.template.json`)),
    );
    findings = await lintTemplates([...templates, await wrongTemplate()]);
  }, SHARED_WORK_MS);

  test('minds nothing in any template but what is known', () => {
    const unknown = findings.filter(({ rule }) => !TOLERATED.has(rule));
    expect(unknown.filter(({ where }) => !where.includes(WRONG))).toStrictEqual([]);
  });

  test('fails when a template is wrong', () => {
    const expected = [{ level: 'Error', rule: 'E3030' }];
    expect(findings.filter(({ where }) => where.includes(WRONG))).toMatchObject(expected);
  });
});

/** Without it, a linter that finds nothing would pass for templates without faults. */
async function wrongTemplate(): Promise<string> {
  const file = join(inject('runFolder'), WRONG);
  const Properties = { VersioningConfiguration: { Status: 'Perhaps' } };
  await writeFile(
    file,
    JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties } } }),
  );
  return file;
}
