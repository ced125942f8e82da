import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machineMemory } from '../../../../lib/core/adapters/system/memory.ts';

/** A file as the kernel writes it. */
async function meminfo(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'meminfo-')), 'meminfo');
  await writeFile(path, text);
  return path;
}

describe('machineMemory', () => {
  test('is a share of this machine’s', async () => {
    const percent = await machineMemory().availablePercent();
    expect(percent).toBeGreaterThan(0);
    expect(percent).toBeLessThanOrEqual(100);
  });

  test('is what programs can have, and not what nobody uses', async () => {
    const path = await meminfo(
      'MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    2000000 kB\n',
    );
    expect(await machineMemory(path).availablePercent()).toBe(25);
  });

  test('is unknown where the kernel does not say', async () => {
    expect(await machineMemory('/nonexistent/meminfo').availablePercent()).toBeUndefined();
    const old = await meminfo('MemTotal:        8000000 kB\nMemFree:          100000 kB\n');
    expect(await machineMemory(old).availablePercent()).toBeUndefined();
  });

  test('fails when the file cannot be read', async () => {
    await expect(machineMemory('/').availablePercent()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
