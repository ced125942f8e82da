import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { settlePasswords } from '../../../../lib/core/host/settle/settle-passwords.ts';
import { isVerifierOf, scramVerifier } from '../../../../lib/core/secrets/scram-verifier.ts';
import { Stage } from '../../../../lib/core/ports/secret-versions.ts';

const ROLE = 'holdfast_backup';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:backup';
const newSalt = (): Uint8Array => randomBytes(16);

/** What the server keeps, by role; what the secret has, by stage. */
let kept: Map<string, string>;
let stages: Map<Stage, string>;

async function settle(): Promise<readonly string[]> {
  return settlePasswords(
    { [ROLE]: SECRET },
    {
      passwords: {
        verifierOf: async (role) => kept.get(role),
        setVerifier: async (role, verifier) => void kept.set(role, verifier),
      },
      secrets: { read: async (_, { stage }) => stages.get(stage) },
      salt: newSalt,
    },
  );
}

function secretOf(password: string, username = ROLE): string {
  return JSON.stringify({ username, password });
}

beforeEach(() => {
  kept = new Map();
  stages = new Map([[Stage.CURRENT, secretOf('current')]]);
});

describe('settlePasswords', () => {
  test('gives a new role the password in its secret', async () => {
    expect(await settle()).toEqual([ROLE]);
    expect(isVerifierOf(kept.get(ROLE) ?? '', 'current')).toBe(true);
  });

  test('replaces what a recovery has brought back from another time', async () => {
    kept.set(ROLE, scramVerifier('of last year', newSalt()));
    expect(await settle()).toEqual([ROLE]);
    expect(isVerifierOf(kept.get(ROLE) ?? '', 'current')).toBe(true);
  });

  test('leaves a password that is right as the server keeps it', async () => {
    const verifier = scramVerifier('current', newSalt());
    kept.set(ROLE, verifier);
    expect(await settle()).toEqual([]);
    expect(kept.get(ROLE)).toBe(verifier);
  });

  test('leaves what a rotation has set and is about to make current', async () => {
    const verifier = scramVerifier('pending', newSalt());
    kept.set(ROLE, verifier);
    stages.set(Stage.PENDING, secretOf('pending'));
    expect(await settle()).toEqual([]);
    expect(kept.get(ROLE)).toBe(verifier);
  });

  test.each([
    ['without a value', undefined],
    ['of another role', secretOf('current', 'postgres')],
    ['that is no JSON', 'current'],
  ])('fails for a secret %s, and sets nothing', async (_, text) => {
    if (text === undefined) stages.clear();
    else stages.set(Stage.CURRENT, text);
    await expect(settle()).rejects.toMatchObject({ code: 'SECRET-MALFORMED' });
    expect(kept.size).toBe(0);
  });
});
