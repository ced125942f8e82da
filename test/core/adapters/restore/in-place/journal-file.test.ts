import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  readJournal,
  writeJournal,
} from '../../../../../lib/core/adapters/restore/in-place/journal-file.ts';
import { temporaryFolder } from '../../../../support/folders.ts';
import { journalIn, RESULT } from '../../../restore/in-place/sample-journal.ts';

describe('the journal beside a data directory', () => {
  test('is read as it was last written', async () => {
    const place = join(await temporaryFolder(), 'data');
    expect(await readJournal(place)).toBeUndefined();
    for (const phase of ['setting-aside', 'recovered'] as const) {
      const journal = { ...journalIn(phase), dataDirectory: place, result: RESULT };
      await writeJournal(place, journal);
      expect(await readJournal(place)).toEqual(journal);
    }
  });

  test.each([
    ['is no JSON', '{'],
    ['is not what it should be', '{"format":1}'],
    ['is of another directory', JSON.stringify(journalIn('recovered'))],
  ])('is refused when it %s', async (_, text) => {
    const place = join(await temporaryFolder(), 'data');
    await writeFile(`${place}.in-place.json`, text);
    await expect(readJournal(place)).rejects.toMatchObject({ code: 'RESTORE-IN-PLACE' });
  });

  test.each(['the account of the server'].filter(() => process.getuid?.() === 0))(
    'is refused to root when %s wrote it: root moves and empties what it names',
    async () => {
      const place = join(await temporaryFolder(), 'data');
      await writeJournal(place, { ...journalIn('recovering'), dataDirectory: place });
      await chown(`${place}.in-place.json`, 1, 1);
      await expect(readJournal(place)).rejects.toMatchObject({ code: 'RESTORE-IN-PLACE' });
    },
  );
});
