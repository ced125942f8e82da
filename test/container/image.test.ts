import { describe, expect, inject, test } from 'vitest';
import { runWords } from './container-words.ts';
import { docker, tryDocker } from './docker.ts';
import { GET_ENGINE, hasEngine } from './engine.ts';

describe.skipIf(!hasEngine())(`the image (needs ${GET_ENGINE})`, () => {
  test('was made by copying alone', async () => {
    const format = ['--no-trunc', '--format', '{{.CreatedBy}}'];
    const steps = (await docker(['history', ...format, inject('image')])).split('\n');
    const ours = steps.filter((step) => step.includes('#(nop)'));
    expect(ours.length).toBeGreaterThan(5);
    // What is left is the base image, which was imported.
    expect(steps.filter((step) => !ours.includes(step) && step.trim() !== '')).toEqual([]);
  });

  test("is PostgreSQL's account, stops fast, and adds nothing to the environment", async () => {
    const images = ['inspect', inject('image'), inject('baseImage')];
    const [{ Config }, { Config: base }] = JSON.parse(await docker(images));
    expect(Config).toMatchObject({ User: 'postgres', StopSignal: 'SIGINT', Env: base.Env });
    expect(await docker(runWords(['-u'], { entrypoint: 'id' }))).not.toBe('0');
  });

  test.each([
    ['postgres', '--version'],
    ['initdb', '--version'],
    ['psql', '--version'],
    ['pg_controldata', '--version'],
  ])("runs PostgreSQL's own %s", async (...words) => {
    expect(await docker(runWords(words))).toContain(`${words[0]} (PostgreSQL) 18`);
  });

  test('runs the pooler by libraries of its own, which no other role finds', async () => {
    expect(await docker(runWords(['pgbouncer', '--version']))).toMatch(/^PgBouncer 1\./);
    const program = '/opt/holdfast/pooler/pgbouncer';
    const { exitCode, stderr } = await tryDocker(runWords(['--version'], { entrypoint: program }));
    expect(stderr).toMatch(/lib(event|cares).*cannot open shared object file/);
    expect(exitCode).toBe(127);
  });

  test('runs the command line', async () => {
    const usage = await docker(runWords(['holdfast', '--help']));
    expect(usage).toContain('Usage: holdfast');
    expect(await tryDocker(runWords(['holdfast', 'no-such-verb']))).toMatchObject({ exitCode: 2 });
  });

  test.each([[[]], [['no-such-task']], [['sh', '-c', 'true']]])(
    'refuses to be anything else: %j',
    async (words) => {
      const { exitCode, stderr } = await tryDocker(runWords(words));
      expect(exitCode).toBe(25);
      expect(JSON.parse(stderr)).toMatchObject({ error_code: 'CONFIG-INVALID' });
    },
  );
});
