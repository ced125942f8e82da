import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { RoleLogins } from '../../../lib/core/ports/role-logins.ts';
import { type SecretVersions, Stage } from '../../../lib/core/ports/secret-versions.ts';
import type { RoleCredentials } from '../../../lib/core/secrets/role-secret.ts';
import { scramVerifier } from '../../../lib/core/secrets/scram-verifier.ts';

/** A version of the secret: none has a text before it is given one. */
interface Version {
  readonly stages: Set<Stage>;
  text?: string;
}

/** Where a call breaks off: before it has any effect, or after, so that only its answer is lost. */
export type Fault = 'before' | 'after';

/** Secrets Manager with one secret, and a server with its role. */
export interface RotationWorld {
  readonly versions: SecretVersions;
  readonly logins: RoleLogins;
  readonly kept: ReadonlyMap<string, Version>;
  rotationEnabled: boolean;
  /** Calls made so far. */
  calls(): number;
  /** Writes a version by hand, and takes its labels from the others. */
  write(id: string, text: string | undefined, ...stages: readonly Stage[]): void;
  /** Sets a role's password as a superuser would. */
  setPassword(role: string, password: string): void;
  /** As whom every session goes, in the place of who logged in. */
  sessionUser: string | undefined;
  /** Whether the version with that label lets its role in. */
  letsIn(stage: Stage): boolean;
  /** What a call, counted from 1, does wrong. */
  readonly faults: Map<number, Fault>;
  /** Called after every effect. */
  onEffect: () => void;
}

/** A world with nothing in it. */
export function rotationWorld(): RotationWorld {
  const kept = new Map<string, Version>();
  const verifiers = new Map<string, string>();
  /** Verifiers by what they are of: they take long to make, and are asked for after every call. */
  const proofs = new Map<string, string>();
  let calls = 0;

  const version = (id: string): Version => {
    const found = kept.get(id) ?? { stages: new Set() };
    kept.set(id, found);
    return found;
  };
  const move = (stage: Stage, id: string): void => {
    for (const { stages } of kept.values()) stages.delete(stage);
    version(id).stages.add(stage);
  };
  const holder = (stage: Stage): string | undefined =>
    [...kept].find(([, { stages }]) => stages.has(stage))?.[0];
  const isRight = ({ user, password }: Pick<RoleCredentials, 'user' | 'password'>): boolean => {
    const verifier = verifiers.get(user) ?? '';
    const salt = /^[^:]+:([^$]+)\$/.exec(verifier)?.[1] ?? '';
    const question = `${password} ${salt}`;
    const made = proofs.get(question) ?? scramVerifier(password, Buffer.from(salt, 'base64'));
    proofs.set(question, made);
    return made === verifier;
  };
  const call = async <T>(work: () => T): Promise<T> => {
    calls += 1;
    const fault = world.faults.get(calls);
    if (fault === 'before') throw new OpsError('AWS-FAILED', `call ${calls} never came`);
    const result = work();
    world.onEffect();
    if (fault === 'after') throw new OpsError('AWS-FAILED', `the answer of ${calls} was lost`);
    return result;
  };

  const world: RotationWorld = {
    kept,
    rotationEnabled: true,
    sessionUser: undefined,
    faults: new Map(),
    onEffect: () => undefined,
    calls: () => calls,
    write: (id, text, ...stages) => {
      version(id).text = text;
      for (const stage of stages) move(stage, id);
    },
    setPassword: (role, password) => {
      verifiers.set(role, scramVerifier(password, Buffer.alloc(16, 1)));
    },
    letsIn: (stage) => {
      const text = kept.get(holder(stage) ?? '')?.text;
      if (text === undefined) return false;
      const { username, password }: { username: string; password: string } = JSON.parse(text);
      return isRight({ user: username, password });
    },
    versions: {
      describe: async () =>
        call(() => {
          const rows = [...kept].map(([id, { stages }]) => [id, [...stages]] as const);
          return { rotationEnabled: world.rotationEnabled, stages: new Map(rows) };
        }),
      read: async (_secret, { stage, version: id = holder(stage) }) =>
        call(() => {
          const found = kept.get(id ?? '');
          return found?.stages.has(stage) === true ? found.text : undefined;
        }),
      putPending: async (_secret, id, text) =>
        call(() => {
          version(id).text ??= text;
          move(Stage.PENDING, id);
        }),
      makeCurrent: async (_secret, { version: id, from }) =>
        call(() => {
          if (from === undefined || holder(Stage.CURRENT) !== from) throw new Error('moved away');
          move(Stage.CURRENT, id);
          move(Stage.PREVIOUS, from);
        }),
    },
    logins: {
      logIn: async (credentials) =>
        call(() => (isRight(credentials) ? (world.sessionUser ?? credentials.user) : undefined)),
      changeOwnPassword: async (credentials, verifier) =>
        call(() => {
          if (!isRight(credentials)) return 'refused';
          verifiers.set(credentials.user, verifier);
          return 'changed';
        }),
    },
  };
  return world;
}
