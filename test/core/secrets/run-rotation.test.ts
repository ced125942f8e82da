import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { isOpsError } from '../../../lib/core/errors/ops-error.ts';
import { Stage } from '../../../lib/core/ports/secret-versions.ts';
import { ROTATION_STEPS, type RotationStep } from '../../../lib/core/secrets/rotation-event.ts';
import { runRotation } from '../../../lib/core/secrets/run-rotation.ts';
import { recordingLog, type RecordingLog } from '../../support/recording-log.ts';
import { type Fault, type RotationWorld, rotationWorld } from './rotation-world.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:1:secret:backup';
const OLD = { username: 'holdfast_backup', password: 'old', host: 'db.internal', port: 5432 };

let world: RotationWorld;
let log: RecordingLog;

beforeEach(() => {
  world = preparedWorld();
  log = recordingLog();
});

/** The role has its current password; Secrets Manager has just begun to rotate it. */
function preparedWorld(): RotationWorld {
  const prepared = rotationWorld();
  prepared.write('one', JSON.stringify(OLD), Stage.CURRENT);
  prepared.write('two', undefined, Stage.PENDING);
  prepared.setPassword(OLD.username, OLD.password);
  return prepared;
}

async function take(step: RotationStep, token = 'two'): Promise<void> {
  const { versions, logins } = world;
  const context = { cluster: 'orders', versions, logins, random: randomBytes, log };
  await runRotation({ step, secret: SECRET, token }, context);
}

async function rotate(...steps: readonly RotationStep[]): Promise<void> {
  for (const step of steps) await take(step);
}

function secretOf(version: string): Record<string, unknown> {
  return JSON.parse(world.kept.get(version)?.text ?? '{}');
}

describe('a rotation', () => {
  test('ends with a new password that lets the role in, and all else as it was', async () => {
    await rotate(...ROTATION_STEPS);
    const { password, ...rest } = secretOf('two');
    expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
    expect({ ...rest, password: OLD.password }).toEqual(OLD);
    expect([world.letsIn(Stage.CURRENT), world.letsIn(Stage.PREVIOUS)]).toEqual([true, false]);
    expect(log.lines).toEqual([
      {
        level: 'info',
        event: 'secret.rotated',
        fields: { cluster: 'orders', secret: SECRET, version: 'two' },
      },
    ]);
  });

  test('killed at any calls and gone on with in any way comes to the same end, and always lets the role in', async () => {
    const faults = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom<Fault>('before', 'after')),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(faults, fc.boolean(), async (chosen, fromTheStart) => {
        world = preparedWorld();
        log = recordingLog();
        for (const [call, fault] of chosen) world.faults.set(call, fault);
        world.onEffect = () => {
          const stages = [Stage.CURRENT, Stage.PENDING, Stage.PREVIOUS];
          expect(stages.some((stage) => world.letsIn(stage))).toBe(true);
        };
        for (let index = 0; index < ROTATION_STEPS.length;) {
          const step = ROTATION_STEPS[index] ?? 'finishSecret';
          try {
            await take(step);
            index += 1;
          } catch (error) {
            if (!isOpsError(error, 'AWS-FAILED')) throw error;
            if (fromTheStart) index = 0;
          }
        }
        expect(world.letsIn(Stage.CURRENT)).toBe(true);
        expect([...(world.kept.get('two')?.stages ?? [])]).toContain(Stage.CURRENT);
        expect([...(world.kept.get('one')?.stages ?? [])]).toEqual([Stage.PREVIOUS]);
        expect(secretOf('one')).toEqual(OLD);
      }),
      { numRuns: 300 },
    );
  });

  test('follows the next one', async () => {
    await rotate(...ROTATION_STEPS);
    world.write('three', undefined, Stage.PENDING);
    for (const step of ROTATION_STEPS) await take(step, 'three');
    expect([...(world.kept.get('three')?.stages ?? [])]).toContain(Stage.CURRENT);
    expect(world.letsIn(Stage.CURRENT)).toBe(true);
  });

  test('touches nothing for a version that is current already', async () => {
    await rotate(...ROTATION_STEPS);
    const before = world.calls();
    await rotate(...ROTATION_STEPS);
    expect(world.calls() - before).toBe(ROTATION_STEPS.length);
    expect(log.events).toEqual(['secret.rotated']);
  });

  test.each(ROTATION_STEPS)('refuses a version that no rotation is about: %s', async (step) => {
    const malformed = { code: 'SECRET-MALFORMED' };
    await expect(take(step, 'nothing')).rejects.toMatchObject(malformed);
    world.write('three', JSON.stringify(OLD), Stage.PENDING);
    await expect(take(step, 'two')).rejects.toMatchObject(malformed);
    world.rotationEnabled = false;
    await expect(take(step, 'three')).rejects.toMatchObject(malformed);
  });
});

describe('createSecret', () => {
  test('keeps the password that the pending version has', async () => {
    await rotate('createSecret');
    const first = secretOf('two');
    await rotate('createSecret');
    expect(secretOf('two')).toEqual(first);
  });

  test('fails when there is no current version to take the role from', async () => {
    world = rotationWorld();
    world.write('two', undefined, Stage.PENDING);
    await expect(take('createSecret')).rejects.toMatchObject({ code: 'SECRET-MALFORMED' });
  });
});

describe('setSecret', () => {
  test('is done when the role has the pending password already', async () => {
    await rotate('createSecret', 'setSecret');
    expect([world.letsIn(Stage.CURRENT), world.letsIn(Stage.PENDING)]).toEqual([false, true]);
    await rotate('setSecret');
    expect([world.letsIn(Stage.CURRENT), world.letsIn(Stage.PENDING)]).toEqual([false, true]);
  });

  test('goes in with the previous password when the current one was never set', async () => {
    world.write('zero', JSON.stringify(OLD), Stage.PREVIOUS);
    world.write('one', JSON.stringify({ ...OLD, password: 'typed by hand' }), Stage.CURRENT);
    await rotate(...ROTATION_STEPS);
    expect(world.letsIn(Stage.CURRENT)).toBe(true);
  });

  test('fails when no version lets the role in, and changes nothing', async () => {
    await rotate('createSecret');
    world.setPassword(OLD.username, 'set by a superuser');
    await expect(take('setSecret')).rejects.toMatchObject({ code: 'SECRET-FAILED' });
    world.setPassword(OLD.username, OLD.password);
    expect(world.letsIn(Stage.CURRENT)).toBe(true);
  });

  test('fails before the first login when the versions name different roles', async () => {
    world.write('two', JSON.stringify({ username: 'postgres', password: 'x' }), Stage.PENDING);
    await expect(take('setSecret')).rejects.toMatchObject({ code: 'SECRET-MALFORMED' });
    expect(world.letsIn(Stage.CURRENT)).toBe(true);
  });

  test('fails when the pending password would have to be normalised', async () => {
    world.write('two', JSON.stringify({ ...OLD, password: 'pässword' }), Stage.PENDING);
    await expect(take('setSecret')).rejects.toMatchObject({ code: 'SECRET-MALFORMED' });
  });
});

describe('testSecret', () => {
  test('fails when the pending password is refused', async () => {
    await rotate('createSecret');
    await expect(take('testSecret')).rejects.toMatchObject({
      code: 'SECRET-FAILED',
      message: 'the pending password of holdfast_backup is refused',
    });
  });

  test('fails when the session is of another role', async () => {
    await rotate('createSecret', 'setSecret');
    world.sessionUser = 'postgres';
    await expect(take('testSecret')).rejects.toMatchObject({
      code: 'SECRET-FAILED',
      message: 'the pending password of holdfast_backup makes a session of postgres',
    });
  });

  test('passes on the copy of the current version that Secrets Manager tries a configuration with', async () => {
    world.write('two', JSON.stringify(OLD), Stage.PENDING);
    await expect(take('testSecret')).resolves.toBeUndefined();
  });
});

test('no password is told in any log line or error', async () => {
  await rotate('createSecret', 'setSecret');
  world.sessionUser = 'postgres';
  const error: unknown = await take('testSecret').catch((thrown: unknown) => thrown);
  world.sessionUser = undefined;
  await rotate('testSecret', 'finishSecret');
  const told = JSON.stringify([log.lines, error, String(error)]);
  expect(told).not.toContain(String(secretOf('two')['password']));
});
