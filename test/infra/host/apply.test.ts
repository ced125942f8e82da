import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import {
  CONFIG,
  OLD,
  NEW,
  KEEP,
  FETCH,
  GROW,
  planBy,
  IN_PLACE,
  AFTERWARDS,
  RESTART,
  plan,
} from '../support/apply-calls.ts';
import { hostConfigJson, type RunningHost, runningHost } from '../support/running-host.ts';

let host: RunningHost;

beforeEach(async () => {
  host = await runningHost(await temporaryFolder());
});

describe('plan', () => {
  test('prints what would be done, and only fetches the image', async () => {
    await host.plans(plan('restart-postgres'));
    const { status, stdout } = await host.run('plan');
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'restart PostgreSQL',
      '  because "what":"stop-pooler" is asked for',
      'Clients lose their connections.',
      'Nothing was done: "holdfast host apply --execute" does it.',
    ]);
    expect(await host.calls()).toEqual([...FETCH, planBy('plan')]);
    expect(await host.read(CONFIG)).toBe(hostConfigJson(OLD));
  });

  test('is a document for programs, and nothing else on stdout', async () => {
    await host.plans(plan('reload-postgres'));
    const { stdout } = await host.run('plan', '--json');
    expect(JSON.parse(stdout)).toEqual({
      format: 1,
      outcome: 'planned',
      plan: plan('reload-postgres').plan,
    });
  });

  test.each([
    ['plan', '--execute'],
    ['apply', '--force'],
    ['apply', '--now'],
  ])('%s %s is wrong usage', async (script, word) => {
    const { status, stderr } = await host.run(script, word);
    expect(status).toBe(2);
    expect(stderr).toContain('CONFIG-INVALID');
    expect(await host.calls()).toEqual([]);
  });
});

describe('apply', () => {
  test('does nothing on a host that is as it was deployed', async () => {
    await host.plans(plan());
    const { status, stdout } = await host.run('apply', '--execute');
    expect(status).toBe(0);
    expect(stdout).toBe('Nothing to do: the host is as it was deployed.');
    expect(await host.calls()).toEqual([...FETCH, GROW, planBy('execute')]);
  });

  test('does nothing without --execute', async () => {
    await host.plans(plan('restart-postgres'));
    expect((await host.run('apply')).stdout).toContain('Nothing was done');
    expect(await host.calls()).toEqual([...FETCH, planBy('plan')]);
  });

  test('reloads, and makes sure that it counts', async () => {
    await host.plans(plan('reload-postgres'), plan('reload-postgres'), plan());
    const { status, stdout } = await host.run('apply', '--execute');
    expect(status).toBe(0);
    expect(stdout).toContain('Done: the host is as it was deployed.');
    expect(await host.calls()).toEqual([
      ...FETCH,
      GROW,
      planBy('execute'),
      ...IN_PLACE,
      'docker kill --signal HUP holdfast-postgres',
      ...AFTERWARDS,
      planBy('plan'),
    ]);
    expect(await host.read(CONFIG)).toBe(hostConfigJson(NEW));
  });

  test('does each step of a new image in the order of the plan', async () => {
    await host.plans(plan('restart-postgres', 'restart-agent', 'restart-pooler'), plan());
    const { status, stdout } = await host.run('apply', '--execute', '--now', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      outcome: 'applied',
      plan: { steps: [{ what: 'restart-postgres' }, {}, {}] },
    });
    expect(await host.calls()).toEqual([
      ...FETCH,
      GROW,
      planBy('now'),
      ...IN_PLACE,
      RESTART,
      'systemctl restart holdfast-agent.service',
      'systemctl restart holdfast-pooler.service',
      ...AFTERWARDS,
    ]);
  });

  test('keeps what it fetched from whoever forgets images meanwhile', async () => {
    await host.set('forgotten', NEW);
    await host.plans(plan('restart-postgres'), plan());
    expect((await host.run('apply', '--execute')).status).toBe(0);
    expect(await host.calls()).toEqual([
      ...FETCH,
      GROW,
      planBy('execute'),
      ...IN_PLACE,
      RESTART,
      ...AFTERWARDS,
    ]);
  });

  test('does nothing when the planner refuses, and says what it said', async () => {
    await host.plans({ ...plan('restart-postgres'), status: 104 });
    const { status, stdout } = await host.run('apply', '--execute', '--json');
    expect(status).toBe(104);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused' });
    expect(await host.calls()).toEqual([...FETCH, GROW, planBy('execute')]);
    expect(await host.read(CONFIG)).toBe(hostConfigJson(OLD));
  });

  test('goes back when PostgreSQL does not start with the new image', async () => {
    await host.plans(plan('restart-postgres', 'restart-agent'));
    await host.set('cannot-start', 'sha256:new\n');
    const { status, stderr } = await host.run('apply', '--execute');
    expect(status).toBe(117);
    expect(stderr).toContain(`HOST-COMMAND: PostgreSQL did not start with ${NEW}`);
    expect(stderr).toContain('what ran before runs again');
    expect(await host.calls()).toEqual([
      ...FETCH,
      GROW,
      planBy('execute'),
      ...IN_PLACE,
      RESTART,
      RESTART,
      'systemctl stop holdfast-postgres.service',
      'docker tag sha256:old holdfast:current',
      `host-prepare by sha256:old with ${OLD}`,
      RESTART,
    ]);
    expect(await host.read(CONFIG)).toBe(hostConfigJson(OLD));
  });

  test('says so when nothing starts any more', async () => {
    await host.plans(plan('restart-postgres'));
    await host.set('cannot-start', 'sha256:new\nsha256:old\n');
    const { status, stderr } = await host.run('apply', '--execute');
    expect(status).toBe(117);
    expect(stderr).toContain('nor with what ran before');
  });

  test('restarts nothing for an image that cannot prepare the host', async () => {
    await host.plans(plan('restart-postgres'));
    await host.set('cannot-prepare', 'sha256:new\n');
    const { status, stderr } = await host.run('apply', '--execute');
    expect(status).toBe(117);
    expect(stderr).toContain('nothing was restarted');
    expect(await host.calls()).not.toContain(RESTART);
    expect(await host.read(CONFIG)).toBe(hostConfigJson(OLD));
  });

  test('fails when something is still to do in the end', async () => {
    await host.plans(plan('reload-postgres'));
    const { status, stderr } = await host.run('apply', '--execute');
    expect(status).toBe(117);
    expect(stderr).toContain('still to do: reload-postgres');
  });

  test('stops a pooler for good', async () => {
    await host.plans(plan('stop-pooler'), plan());
    expect((await host.run('apply', '--execute')).status).toBe(0);
    expect(await host.calls()).toContain('systemctl stop holdfast-pooler.service');
    await expect(host.read('/run/holdfast/pooler/pgbouncer.ini')).rejects.toThrow('ENOENT');
  });

  test('hands over to the new scripts, once', async () => {
    const bootloader = '/opt/holdfast/bootloader';
    await host.plans(plan('install-bundle', 'restart-agent'), plan('restart-agent'), plan());
    await host.write(bootloader, '#!/bin/sh\necho "bootloader $*" >>"$STAND_IN/calls"\n');
    const { status } = await host.run('apply', '--execute');
    expect(status).toBe(0);
    expect(await host.calls()).toEqual([
      ...FETCH,
      GROW,
      planBy('execute'),
      'bootloader apply-bundle',
      KEEP,
      GROW,
      planBy('execute'),
      ...IN_PLACE,
      'systemctl restart holdfast-agent.service',
      ...AFTERWARDS,
    ]);
    await host.plans(plan('install-bundle'));
    expect(await host.run('apply', '--execute')).toMatchObject({
      status: 117,
      stderr: expect.stringContaining('cannot be installed'),
    });
  });

  test.each([
    ['while the cluster is being recovered', '/run/holdfast/recover', 117, 'HOST-COMMAND'],
    ['without its volume', 'mounted', 109, 'HOST-VOLUME'],
    ['with a configuration that names no image', 'host-config', 1, 'CONFIG-INVALID'],
    ['with what is no configuration', 'no-json', 25, 'CONFIG-INVALID'],
    ['with an image that is not to be had', 'no-image', 117, 'cannot be pulled'],
  ])('does nothing %s', async (_, what, expected, says) => {
    await host.plans(plan('restart-postgres'));
    if (what.startsWith('/')) await host.write(what, '');
    if (what === 'mounted') await host.set(what, 'no');
    if (what === 'host-config') await host.set(what, hostConfigJson('--privileged'));
    if (what === 'no-json') await host.set('host-config', 'None');
    if (what === 'no-image')
      await host.set('host-config', hostConfigJson('registry/holdfast:gone'));
    const { status, stderr } = await host.run('apply', '--execute');
    expect(status).toBe(expected);
    expect(stderr).toContain(says);
    expect((await host.calls()).filter((call) => !call.startsWith('docker pull'))).toEqual([]);
    expect(await host.read(CONFIG)).toBe(hostConfigJson(OLD));
  });
});
