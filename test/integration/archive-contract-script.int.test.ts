import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeArchiveScript } from '../support/archive-script.ts';
import { temporaryFolder } from '../support/folders.ts';

const SEGMENT = '0000000100000000000000AB';
const BAD_NAMES = "../x|../../etc/passwd|a b|$(id)|`id`||.|..|.hidden|x'y|x;y|x\ny|x/y|-rf|*".split(
  '|',
);
/** The shells that stand behind `sh` on our machines, as far as they are here. */
const SHELLS = [['sh'], ['bash', '--posix'], ['busybox', 'sh']].filter(([name = '', ...flags]) => {
  return spawnSync(name, [...flags, '-c', ':']).status === 0;
});

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

describe.for(SHELLS)('the archive script under %s', (shell) => {
  test.for(BAD_NAMES)('refuses the name %j', async (name) => {
    const script = await makeArchiveScript(await temporaryFolder());
    const { status, said } = await script.run(shell, name);
    expect({ status, said: said.includes('not a name') }).toEqual({ status: 1, said: true });
  });

  test('succeeds on an acknowledgement of this postmaster, and uses it up', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    await writeFile(join(script.acknowledged, SEGMENT), '');
    expect((await script.run(shell, SEGMENT)).status).toBe(0);
    expect(await readdir(script.acknowledged)).toEqual([SEGMENT, `${SEGMENT}.used`]);
    expect((await script.run(shell, SEGMENT)).status).toBe(1);
  });

  test('does not trust an acknowledgement for another life of the postmaster', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    await writeFile(join(script.acknowledged, SEGMENT), '');
    const pidFile = join(script.dataDirectory, 'postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    await writeFile(pidFile, text.replace('1790000000', '1790000001'));
    expect((await script.run(shell, SEGMENT)).status).toBe(1);
    expect(await readdir(script.acknowledged)).toEqual([SEGMENT]);
  });

  const pidFiles = [
    { what: 'no postmaster.pid', text: undefined, life: '-', reason: 'no postmaster.pid' },
    { what: 'an empty postmaster.pid', text: '', life: '-', reason: 'damaged' },
    { what: 'a torn postmaster.pid', text: '42', life: '42-', reason: 'damaged' },
  ];
  test.for(pidFiles)('fails on $what', async ({ text, life, reason }) => {
    const script = await makeArchiveScript(await temporaryFolder());
    // Where a script that believed such a file would look, and could remove what it found.
    const believed = join(dirname(script.acknowledged), life);
    await rename(script.acknowledged, believed);
    await writeFile(join(believed, SEGMENT), '');
    const pidFile = join(script.dataDirectory, 'postmaster.pid');
    await rm(pidFile);
    // A state that ends the wait early is not there either: the script is left to its patience.
    if (text !== undefined) await writeFile(pidFile, text);
    await writeFile(join(script.spool, 'heartbeat'), `${now()}\n`);
    const { status, said } = await script.run(shell, SEGMENT);
    expect({ status, said: said.includes(reason) }).toEqual({ status: 1, said: true });
    expect(await readdir(believed)).toEqual([SEGMENT]);
  });

  test('fails when there is no spool', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    await rm(script.spool, { recursive: true });
    const { status } = await script.run(shell, SEGMENT);
    expect(status).toBeGreaterThanOrEqual(1);
    expect(status).toBeLessThanOrEqual(125);
  });

  test('fails when the acknowledgement cannot be used up', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    await writeFile(join(script.acknowledged, SEGMENT), '');
    await chmod(script.acknowledged, 0o555);
    const { status, said } = await script.run(shell, SEGMENT);
    await chmod(script.acknowledged, 0o755);
    expect({ status, said: said.includes('used up') }).toEqual({ status: 1, said: true });
  });

  const beats = [
    { what: 'absent', beat: () => undefined },
    { what: 'empty', beat: () => '' },
    { what: 'garbage', beat: () => '$(touch /tmp/x)' },
    { what: 'octal', beat: () => '0899' },
    { what: 'beyond all numbers', beat: () => '9'.repeat(40) },
    { what: 'old', beat: () => String(now() - 60) },
    { what: 'in the future', beat: () => String(now() + 60) },
  ];
  test.for(beats)('calls for help when the heartbeat is $what', async ({ beat }) => {
    const script = await makeArchiveScript(await temporaryFolder());
    const text = beat();
    if (text !== undefined) await writeFile(join(script.spool, 'heartbeat'), text);
    await writeFile(join(script.spool, 'one-shot'), `: >'${script.acknowledged}/'"$1"`);
    expect((await script.run(shell, SEGMENT)).status).toBe(0);
    expect(await readFile(join(script.spool, 'requested'), 'utf8')).toBe(`${SEGMENT}\n`);
  });

  test('fails when nobody answers its call for help', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    const { status, said } = await script.run(shell, SEGMENT);
    expect({ status, said: said.includes('is silent') }).toEqual({ status: 1, said: true });
  });

  test('does not call for help while the heartbeat is fresh', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    await writeFile(join(script.spool, 'heartbeat'), `${now()}\n`);
    const { status, said } = await script.run(shell, SEGMENT);
    expect({ status, said: said.includes('not acknowledged') }).toEqual({ status: 1, said: true });
    expect(await readdir(script.spool)).not.toContain('requested');
  });

  test('fails, whatever the one-shot program does', async () => {
    const script = await makeArchiveScript(await temporaryFolder());
    for (const program of ['exit 0', 'exit 200', '((']) {
      await writeFile(join(script.spool, 'one-shot'), program);
      expect((await script.run(shell, SEGMENT)).status).toBe(1);
    }
  });

  const scripts = [
    { what: 'missing', text: undefined },
    { what: 'empty', text: '' },
    { what: 'no shell script', text: '\u0000\u0001\u0002 garbage )( \n' },
    { what: 'cut short', text: 'spool=$1\nname=$2\n' },
    { what: 'cut within a word', text: 'fail() {\n  echo no' },
    { what: 'full of unknown commands', text: 'no-such-command\nno-such-command\n' },
  ];
  test.for(scripts)('never succeeds when it is $what', async ({ text }) => {
    const script = await makeArchiveScript(await temporaryFolder());
    await writeFile(join(script.acknowledged, SEGMENT), '');
    const path = join(script.spool, 'archive-command');
    await rm(path);
    if (text !== undefined) await writeFile(path, text);
    const { status } = await script.run(shell, SEGMENT);
    expect(status).toBeGreaterThanOrEqual(1);
    expect(status).toBeLessThanOrEqual(125);
  });
});
