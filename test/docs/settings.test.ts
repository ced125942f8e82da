import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OWN_SETTINGS } from '../../lib/core/config/own-settings.ts';
import { memoryTable, settingsTable } from './settings-tables.ts';

const SETTINGS = readFileSync(resolve(import.meta.dirname, '../../docs/settings.md'), 'utf8');

describe('the document of the settings', () => {
  test('has the table that the formula gives', () => {
    expect(SETTINGS).toContain(`\n\n${settingsTable()}\n`);
  });

  test('divides the memory as the formula does', () => {
    expect(SETTINGS).toContain(`\n\n${memoryTable()}\n`);
  });

  test('names every setting that is kept for Holdfast', () => {
    const missing = [...OWN_SETTINGS].filter((name) => !SETTINGS.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
