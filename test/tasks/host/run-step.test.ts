import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { runStep, type Step } from '../../../tasks/host/run-step.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { fakeTaskProcess } from '../task-process.ts';

let file: string;
let printed: string[];

beforeEach(async () => {
  file = join(await temporaryFolder(), 'host-config.json');
  printed = [];
});

describe('runStep', () => {
  test('fails for a configuration that is none, with every fault, and prints nothing', async () => {
    await writeFile(file, JSON.stringify({ environment: 'Prod', cluster: 'orders' }));
    const { io, log } = fakeTaskProcess({ HOLDFAST_HOST_CONFIG: file });
    const step: Step = async () => 'done';
    expect(await runStep('host-step', step, io, (line) => printed.push(line))).toBe(25);
    expect(log.lines.at(-1)).toMatchObject({
      event: 'task.failed',
      fields: {
        error_code: 'CONFIG-INVALID',
        error: expect.stringMatching(/environment: .*volumeId: /),
      },
    });
    expect(printed).toEqual([]);
  });

  test('fails for a word that nobody says', async () => {
    const { io, log } = fakeTaskProcess({ HOLDFAST_HOST_CONFIG: file, HOLDFAST_WORD: 'format' });
    expect(await runStep('host-step', async () => 'done', io)).toBe(25);
    expect(log.lines.at(-1)).toMatchObject({
      fields: { error: expect.stringContaining('HOLDFAST_WORD') },
    });
  });
});
