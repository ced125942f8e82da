import { OpsError } from '../../lib/core/errors/ops-error.ts';
import {
  type CertificateDeps,
  type CertificateReport,
  type CertificateRequest,
  convergeCertificates,
} from '../../lib/core/host/certificates/converge-certificates.ts';
import type { CertificateFileTexts } from '../../lib/core/ports/certificate-files.ts';

export const REQUEST: CertificateRequest = {
  names: ['orders.prod.holdfast.internal', 'holdfast-postgres'],
  authoritySecret: 'authority',
  caParameter: '/holdfast/prod/orders/ca',
  directory: '/tls',
};
const NOTHING: CertificateFileTexts = {
  privateKey: undefined,
  certificate: undefined,
  roots: undefined,
};
export const DAY_MS = 86_400_000;

/** What a cluster's hosts share, and one host's disk, in memory; every effect can be made to fail. */
export class CertificateStage {
  now = new Date('2026-12-01T12:00:00Z');
  /** Texts of the secret, oldest first; a version is an index. */
  versions: string[] = [];
  list: { readonly text: string; readonly since: Date } | undefined;
  disk = NOTHING;
  /** Effects in their order. */
  readonly effects: string[] = [];
  /** Is asked before each effect, and may throw or do something else first. */
  before: (effect: string) => void = () => {};

  readonly deps: CertificateDeps = {
    clock: { now: () => this.now },
    secrets: {
      read: async () => {
        this.before('read secret');
        const text = this.versions.at(-1);
        return text === undefined ? undefined : { text, version: `${this.versions.length - 1}` };
      },
      putAfter: async (_, { text, after }) => {
        this.#note('put secret');
        if (this.versions.length !== (after === undefined ? 0 : Number(after) + 1)) return false;
        this.versions.push(text);
        return true;
      },
    },
    parameters: {
      read: async () => {
        this.before('read list');
        return this.list;
      },
      write: async (_, text) => {
        this.#note('write list');
        this.list = { text, since: this.now };
      },
    },
    files: {
      read: async () => this.disk,
      write: async (_, texts) => {
        this.#note(`write ${Object.keys(texts).toSorted().join(', ')}`);
        this.disk = { ...this.disk, ...texts };
      },
    },
  };

  async converge(changes: Partial<CertificateRequest> = {}): Promise<CertificateReport> {
    return convergeCertificates({ ...REQUEST, ...changes }, this.deps);
  }

  pass(days: number): void {
    this.now = new Date(this.now.getTime() + days * DAY_MS);
  }

  loseDisk(): void {
    this.disk = NOTHING;
  }

  #note(effect: string): void {
    this.before(effect);
    this.effects.push(effect);
  }
}

/** AWS does not answer. */
export function outage(): never {
  throw new OpsError('AWS-FAILED', 'secretsmanager:GetSecretValue of authority: timed out', {
    hint: 'see the service’s status',
  });
}
