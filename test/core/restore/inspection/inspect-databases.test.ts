import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type {
  CatalogedDatabase,
  StoppedServer,
} from '../../../../lib/core/ports/stopped-server.ts';
import {
  type DatabaseInspection,
  inspectDatabases,
} from '../../../../lib/core/restore/inspection/inspect-databases.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

const CONTENTS = { changedCollations: [], unloggedTables: ['s.t'], unloggedCount: 1 };
const PATIENCE_MS = 10_000;

const database = (name: string, connectable = true): CatalogedDatabase => ({
  name,
  connectable,
  locale: 'C',
  recordedVersion: undefined,
  actualVersion: undefined,
});
const refused = (words: string): OpsError => new OpsError('PG-FAILED', `FATAL:  ${words}`);

describe('inspectDatabases', () => {
  const inspect = async (
    server: Partial<StoppedServer>,
    changes: Partial<DatabaseInspection> = {},
  ): Promise<readonly string[]> =>
    inspectDatabases({
      server: {
        databases: async () => [database('a'), database('b'), database('template0', false)],
        contents: async () => CONTENTS,
        ...server,
      },
      likely: ['orders'],
      clock: fakeClock(),
      patienceMs: PATIENCE_MS,
      ...changes,
    });

  test('looks into every database that can be connected to', async () => {
    const notes = await inspect({});
    expect(notes).toHaveLength(2);
    expect(notes.join()).toMatch(/"a" .*"b" /);
  });

  test('asks another database when the first cannot be opened, also one the backup knows', async () => {
    const asked: string[] = [];
    const notes = await inspect({
      databases: async (name) => {
        asked.push(name);
        if (name !== 'orders') throw refused('it is gone');
        return [database('orders')];
      },
    });
    expect(asked).toEqual(['template1', 'postgres', 'template0', 'orders']);
    expect(notes.join()).toContain('"orders"');
  });

  test('says that nothing was checked when none can be opened', async () => {
    const databases = async (): Promise<never> => {
      throw refused('database locale is incompatible with operating system');
    };
    expect(await inspect({ databases })).toEqual([
      'the databases were not checked for collations: database locale is incompatible with operating system',
    ]);
  });

  test('goes on past a database that cannot be opened', async () => {
    const notes = await inspect({
      contents: async (name) => {
        if (name === 'a') throw refused('it is broken');
        return CONTENTS;
      },
    });
    expect(notes[0]).toBe('database "a" cannot be opened here: it is broken');
    expect(notes[1]).toContain('"b"');
  });

  test('ends when its time is over, and counts what it did not see', async () => {
    const clock = fakeClock();
    const timeouts: number[] = [];
    const contents: StoppedServer['contents'] = async (_, { timeoutMs }) => {
      timeouts.push(timeoutMs);
      await clock.advance(PATIENCE_MS);
      return CONTENTS;
    };
    const notes = await inspect({ contents }, { clock });
    expect(timeouts).toEqual([PATIENCE_MS]);
    expect(notes.join()).toContain('not looked into, to save time: 1;');
  });

  test('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const contents = async (): Promise<never> => {
      stop.abort(refused('stopped'));
      throw refused('stopped');
    };
    await expect(inspect({ contents }, { signal: stop.signal })).rejects.toMatchObject({
      code: 'PG-FAILED',
    });
  });
});
