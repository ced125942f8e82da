import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linesOf, roleStatements } from '../support/policies.ts';
import { synthesize } from '../support/synthesis.ts';

/** By role, all that it may do. Whoever gives a role more writes it there, where it is seen. */
const RIGHTS = new Map(
  readFileSync(join(import.meta.dirname, 'role-rights.txt'), 'utf8')
    .trim()
    .split(/\n\n/)
    .map((block) => {
      const [role = '', ...lines] = block.split('\n');
      return [role, lines.map((line) => line.slice(2))] as const;
    }),
);

const synthesis = synthesize();

describe('the roles of an environment', () => {
  test('are those whose rights are listed, and no others', () => {
    const roles = synthesis.resources('AWS::IAM::Role').map(({ path }) => path);
    expect(roles.toSorted()).toEqual([...RIGHTS.keys()].toSorted());
  });

  test.each([...RIGHTS])('%s may do exactly what is listed', (role, listed) => {
    const lines = roleStatements(synthesis)
      .filter(({ owner }) => owner === role)
      .flatMap(linesOf);
    expect(lines).toEqual(listed);
  });
});
