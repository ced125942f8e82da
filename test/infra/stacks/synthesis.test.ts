import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SynthesisMessageLevel } from 'aws-cdk-lib/cx-api';
import { describe, expect, test } from 'vitest';
import { synthesize } from '../support/synthesis.ts';
import { EVERYWHERE, VARIANTS } from '../support/variants.ts';

describe.each(EVERYWHERE)('a synthesis of %s', (variant) => {
  const { assembly, stacks } = synthesize(VARIANTS[variant]);

  test('looks nothing up: it needs no account and no cdk.context.json', () => {
    expect(assembly.manifest.missing ?? []).toEqual([]);
  });

  test('knows account and region of every stack', () => {
    const regionOf = (id: string): string =>
      /-Copy(Watch)?$/.test(id) ? 'eu-west-1' : 'eu-central-1';
    expect(assembly.stacks.map(({ environment }) => environment.name)).toEqual(
      stacks.map((id) => `aws://111111111111/${regionOf(id)}`),
    );
    const text = JSON.stringify(assembly.stacks.map(({ template }) => template));
    expect(text).not.toContain('Fn::GetAZs');
  });

  test('says nothing to be warned of', () => {
    const messages = assembly.stacks.flatMap((stack) =>
      stack.messages
        .filter(({ level }) => level !== SynthesisMessageLevel.INFO)
        .map(({ entry }) => `${stack.id}: ${JSON.stringify(entry.data)}`),
    );
    expect(messages).toEqual([]);
  });

  test('gives templates that CloudFormation takes: 500 resources and 1 MB at most', () => {
    for (const stack of assembly.stacks) {
      const text = readFileSync(join(assembly.directory, stack.templateFile), 'utf8');
      expect(text.length).toBeLessThan(1_000_000);
      expect(Object.keys(stack.template.Resources).length).toBeLessThan(500);
    }
  });

  test('deploys what is kept before what uses it, and never needs the other way round', () => {
    const order = assembly.stacks.map(({ id }) => id);
    const neededBy = ({ dependencies }: (typeof assembly.stacks)[number]): readonly string[] =>
      dependencies.map(({ id }) => id).filter((id) => order.includes(id));
    for (const stack of assembly.stacks) {
      const late = neededBy(stack).filter((id) => order.indexOf(id) > order.indexOf(stack.id));
      expect(late).toEqual([]);
    }
    const kept = assembly.stacks.filter(({ id }) => /-(Data|Copy)$/.test(id));
    // Where an archive is copied to has to be there first.
    expect(kept.flatMap(neededBy).filter((id) => !id.endsWith('-Copy'))).toEqual([]);
  });
});
