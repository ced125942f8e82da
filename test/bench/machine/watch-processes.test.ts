import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { markProcesses, watchProcesses } from '../../../bench/machine/watch-processes.ts';

/** A fifth of a second of CPU and 60 MB, with a look or two at both before it ends. */
const WORK = `const held = Buffer.alloc(60e6, 1);
  for (let used = 0; used < 2e5; ) {
    for (let i = 0; i < 1e6; i += 1) held[i] += i;
    const { user, system } = process.cpuUsage();
    used = user + system;
  }
  setTimeout(() => process.stdout.write(String(held.length)), 300);`;
/** The kernel tells whole hundredths, of user and system time each. */
const CPU_SEC = 0.17;
const HELD_BYTES = 60_000_000;

describe.runIf(process.platform === 'linux')('the processes of a tool', () => {
  beforeAll(() => markProcesses());

  test('what a child has used counts, and what it held', async () => {
    using watch = watchProcesses();
    await execa(process.execPath, ['-e', WORK]);
    const use = watch.use();
    expect(use?.cpuSec).toBeGreaterThanOrEqual(CPU_SEC);
    expect(use?.peakBytes).toBeGreaterThan(HELD_BYTES);
    expect(use?.highWaterBytes).toBeGreaterThanOrEqual(use?.peakBytes ?? Infinity);
    expect(use?.serverCpuSec).toBe(0);
  });

  test('what went into the background counts too, though nobody waits for it', async () => {
    using watch = watchProcesses();
    // The shell ends at once; its output stays open as long as the program in the background lives.
    await execa('sh', ['-c', 'setsid "$0" -e "$1" &', process.execPath, WORK]);
    const use = watch.use();
    expect(use?.cpuSec).toBeGreaterThanOrEqual(CPU_SEC);
    expect(use?.peakBytes).toBeGreaterThan(HELD_BYTES);
  });

  test('bystanders do not count', async () => {
    const child = execa(process.execPath, ['-e', `${WORK} setTimeout(() => {}, 60_000)`]);
    using watch = watchProcesses(new Set([child.pid ?? 0]));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const use = watch.use();
    child.kill();
    await child.catch(() => undefined);
    expect(use).toMatchObject({ cpuSec: 0, peakBytes: 0 });
  });
});
