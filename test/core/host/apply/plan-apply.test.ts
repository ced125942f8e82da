import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplyFacts } from '../../../../lib/core/host/apply/apply-facts.ts';
import { assertTimely, describeApply } from '../../../../lib/core/host/apply/apply-plan.ts';
import { planApply } from '../../../../lib/core/host/apply/plan-apply.ts';
import { planLines } from '../../../../lib/core/host/apply/plan-lines.ts';
import type { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { SETTLED } from './running-server.ts';

const OPEN = new Date('2026-12-01T02:30:00Z');
const CLOSED = new Date('2026-12-01T12:00:00Z');
const WINDOW = { start: '02:00', minutes: 60 };
const NEW_IMAGE = { reference: 'holdfast:18.2', id: 'sha256:2', version: '18.2', major: 18 };
const RELOAD = { name: 'work_mem', from: '4096', to: '8MB', needsRestart: false };
const RESTART = { name: 'shared_buffers', from: '131072', to: '2GB', needsRestart: true };

function words(facts: ApplyFacts): readonly string[] {
  return planApply(facts).map(({ what }) => what);
}

function withChanges(...changes: readonly (typeof RELOAD)[]): ApplyFacts {
  return {
    ...SETTLED,
    server: {
      imageId: 'sha256:1',
      version: '18.1',
      differences: { changes, shadowed: [] },
    },
  };
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as OpsError).code;
  }
}

describe('planApply', () => {
  test('does nothing on a host that is as it was deployed', () => {
    expect(planApply(SETTLED)).toEqual([]);
    expect(planLines(describeApply(SETTLED, WINDOW, CLOSED))).toEqual([
      'Nothing to do: the host is as it was deployed.',
    ]);
  });

  test('reloads for a setting that takes no restart, and for who may log in', () => {
    expect(planApply(withChanges(RELOAD))).toEqual([
      { what: 'reload-postgres', because: ['work_mem is "4096", not "8MB"'] },
    ]);
    const accessFiles = [{ name: 'pg_hba.conf', running: 'a', wanted: 'b' }];
    expect(planApply({ ...SETTLED, accessFiles })).toEqual([
      { what: 'reload-postgres', because: ['pg_hba.conf has changed'] },
    ]);
  });

  test('restarts once for all settings, and says all of them', () => {
    expect(planApply(withChanges(RELOAD, RESTART))).toEqual([
      {
        what: 'restart-postgres',
        because: ['shared_buffers is "131072", not "2GB"', 'work_mem is "4096", not "8MB"'],
      },
    ]);
  });

  test('restarts everything that runs from an image for another one, PostgreSQL first', () => {
    const plan = planApply({ ...SETTLED, image: NEW_IMAGE });
    expect(plan.map(({ what }) => what)).toEqual([
      'restart-postgres',
      'restart-agent',
      'restart-pooler',
    ]);
    expect(plan[0]?.because).toEqual(['the image is holdfast:18.2: PostgreSQL 18.2, from 18.1']);
  });

  test('takes two names of one image for one', () => {
    expect(words({ ...SETTLED, image: { ...SETTLED.image, reference: 'other/name:1' } })).toEqual(
      [],
    );
  });

  test('installs another bundle before anything else', () => {
    const bundle = { running: 'a'.repeat(64), wanted: 'b'.repeat(64) };
    expect(words({ ...SETTLED, bundle, image: NEW_IMAGE })[0]).toBe('install-bundle');
  });

  test('starts what does not run', () => {
    expect(
      words({ ...SETTLED, server: undefined, agentImageId: undefined, poolerImageId: undefined }),
    ).toEqual(['restart-postgres', 'restart-agent', 'restart-pooler']);
  });

  test('restarts the agent for what it is told', () => {
    expect(planApply({ ...SETTLED, agentChanges: ['store'] })).toEqual([
      { what: 'restart-agent', because: ['store has changed'] },
    ]);
  });

  test.each([
    ['default_pool_size = 1', 'default_pool_size = 2', 'reload-pooler'],
    ['max_client_conn = 1', 'max_client_conn = 2', 'restart-pooler'],
    ['listen_port = 6432', 'listen_port=6432', 'reload-pooler'],
    ['listen_port = 6432', 'listen_port = 6433', 'restart-pooler'],
  ])('for the pooler, %s → %s is %s', (before, after, what) => {
    const files = [{ name: 'pgbouncer.ini', running: before, wanted: after }];
    expect(words({ ...SETTLED, pooler: { enabled: true, files } })).toEqual([what]);
  });

  test('stops a pooler that is turned off, once', () => {
    const off = { ...SETTLED, pooler: { enabled: false, files: [] } };
    expect(words(off)).toEqual(['stop-pooler']);
    expect(words({ ...off, poolerImageId: undefined })).toEqual([]);
  });

  test.each([
    { ...NEW_IMAGE, version: '19.1', major: 19 },
    { ...NEW_IMAGE, version: '19.1' },
    { ...NEW_IMAGE, major: 19 },
  ])('refuses another major version: %j', (image) => {
    expect(codeOf(() => planApply({ ...SETTLED, image }))).toBe('CONFIG-INVALID');
  });

  test('never restarts PostgreSQL but for an image or for a setting that takes it', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b'),
      from: fc.constant('1'),
      to: fc.constantFrom('2', undefined),
      needsRestart: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 3 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (changes, hasNewImage, hasNewBundle, hasNewAccess) => {
          const steps = words({
            ...SETTLED,
            image: hasNewImage ? NEW_IMAGE : SETTLED.image,
            bundle: { running: 'a', wanted: hasNewBundle ? 'b' : 'a' },
            accessFiles: [{ name: 'pg_hba.conf', running: 'a', wanted: hasNewAccess ? 'b' : 'a' }],
            server: {
              imageId: 'sha256:1',
              version: '18.1',
              differences: { changes, shadowed: [] },
            },
          });
          const restarts = hasNewImage || changes.some(({ needsRestart }) => needsRestart);
          expect(steps.includes('restart-postgres')).toBe(restarts);
          expect(steps.includes('reload-postgres')).toBe(
            !restarts && (changes.length > 0 || hasNewAccess),
          );
          expect(new Set(steps).size).toBe(steps.length);
        },
      ),
    );
  });
});

describe('the window', () => {
  test.each([
    ['a restart outside', withChanges(RESTART), CLOSED, 'execute', 'HOST-WINDOW'],
    ['a restart inside', withChanges(RESTART), OPEN, 'execute', undefined],
    ['a restart now', withChanges(RESTART), CLOSED, 'now', undefined],
    ['a restart that is only looked at', withChanges(RESTART), CLOSED, 'plan', undefined],
    ['a reload', withChanges(RELOAD), CLOSED, 'execute', undefined],
    [
      'the start of what does not run',
      { ...SETTLED, server: undefined },
      CLOSED,
      'execute',
      undefined,
    ],
  ] as const)('%s', (_, facts, now, mode, code) => {
    const plan = describeApply(facts, WINDOW, now);
    expect(codeOf(() => assertTimely(plan, mode))).toBe(code);
    expect(codeOf(() => assertTimely(describeApply(facts, undefined, now), mode))).toBeUndefined();
  });

  test('is named by its next opening, in the refusal and in the plan', () => {
    const plan = describeApply(withChanges(RESTART), WINDOW, CLOSED);
    expect(() => assertTimely(plan, 'execute')).toThrow('2026-12-02T02:00:00.000Z');
    expect(planLines(plan)).toEqual([
      'restart PostgreSQL',
      '  because shared_buffers is "131072", not "2GB"',
      'Clients lose their connections.',
      'The maintenance window is closed; it opens at 2026-12-02T02:00:00.000Z.',
    ]);
    expect(planLines(describeApply(withChanges(RESTART), WINDOW, OPEN)).at(-1)).toBe(
      'The maintenance window is open until 2026-12-01T03:00:00.000Z.',
    );
  });

  test('is nothing to a value without effect, which is named with its remedy', () => {
    const shadowed = [
      { name: 'work_mem', wanted: '8MB', by: '4MB', source: 'ALTER SYSTEM' as const },
    ];
    const server = { imageId: 'sha256:1', version: '18.1', differences: { changes: [], shadowed } };
    expect(planLines(describeApply({ ...SETTLED, server }, WINDOW, CLOSED))).toEqual([
      'Nothing to do: the host is as it was deployed.',
      'without effect: work_mem = 8MB, because ALTER SYSTEM says 4MB; see "ALTER SYSTEM RESET work_mem"',
    ]);
  });
});
