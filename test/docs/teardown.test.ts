import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findReferences, pathOf, propertyOf } from '../../scripts/draw/references.ts';
import { synthesizeTemplates } from '../../scripts/draw/stack-templates.ts';
import { rowsBelow } from '../support/markdown-tables.ts';

const TEARDOWN = readFileSync(resolve(import.meta.dirname, '../../docs/teardown.md'), 'utf8');
/** As the document calls them. */
const LOG_DAYS = { 'three months': 90, 'a year': 365, 'a month': 30 };

const { places } = findReferences(synthesizeTemplates('prod'));
const kept = places.filter(
  ({ resource }) => resource.DeletionPolicy?.startsWith('Retain') === true,
);

describe('the teardown', () => {
  test('names all that the templates keep, and nothing else', () => {
    const told = rowsBelow(TEARDOWN, '## What stays').map(([, path = '']) => path);
    expect(told).toEqual(kept.map((place) => `\`${pathOf(place)}\``));
  });

  test('knows that no log is kept, and for how long each is', () => {
    const logs = places.filter(({ resource }) => resource.Type === 'AWS::Logs::LogGroup');
    expect(kept.filter((place) => logs.includes(place))).toEqual([]);
    const days = new Set(logs.map((place) => Number(propertyOf(place, 'RetentionInDays'))));
    expect(days).toEqual(new Set(Object.values(LOG_DAYS)));
    for (const words of Object.keys(LOG_DAYS)) expect(TEARDOWN).toContain(words);
  });

  test('is right that the archive stays guarded: its policy denies its own end, and is let go of', () => {
    const policy = places.find((place) => pathOf(place) === 'orders-Data/Vault/Bucket/Policy');
    const statements = JSON.stringify(policy?.resource.Properties['PolicyDocument']);
    expect(statements).toContain('s3:DeleteBucketPolicy');
    expect(policy?.resource.DeletionPolicy).toBe('Retain');
  });
});
