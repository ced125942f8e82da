import {
  AUTHORITY_LIFE_MS,
  DAY_MS,
  KNOWN_AFTER_MS,
  lifeFrom,
  SERVER_LIFE_MS,
} from '../../../../lib/core/host/certificates/certificate-life.ts';
import {
  type AuthorityFacts,
  type CertificateFacts,
  planCertificates,
} from '../../../../lib/core/host/certificates/plan-certificates.ts';
import type { ServerFacts } from '../../../../lib/core/host/certificates/read-certificates.ts';

/** What happens at one moment of a time line. */
export interface Moment {
  /** Since the one before. */
  readonly afterDays: number;
  /** After so many steps the host is stopped. @default - it goes on until there is nothing left to do */
  readonly stopsAfter?: number;
  /** The disk with the server's files is another: a new host. */
  readonly losesDisk?: boolean;
}

interface PublishedList {
  readonly ids: readonly string[];
  readonly since: Date;
}

/** What was wrong, and when. */
export interface Fault {
  readonly at: string;
  readonly what: string;
}

export const NAMES = ['orders.prod.holdfast.internal', 'holdfast-postgres'];
/** More than any sequence of steps. */
const MOST_STEPS = 10;

/** A cluster's certificates over the years, of which only the facts are there. */
export class TimeLine {
  now = new Date('2026-12-01T00:00:00Z');
  authorities: AuthorityFacts[] = [];
  lists: PublishedList[] = [];
  placed: readonly string[] = [];
  server: ServerFacts | undefined;
  #made = 0;

  facts(): CertificateFacts {
    const { now, authorities, placed, server } = this;
    return { now, names: NAMES, authorities, published: this.lists.at(-1), placed, server };
  }

  /** Lets time pass and runs the host. @returns what was wrong at any time up to here. */
  live({ afterDays, stopsAfter = MOST_STEPS, losesDisk = false }: Moment): readonly Fault[] {
    this.now = new Date(this.now.getTime() + afterDays * DAY_MS);
    // Just before anything is done about it, a certificate is at its oldest.
    const before = this.server === undefined ? [] : this.faults();
    if (losesDisk) {
      this.server = undefined;
      this.placed = [];
    }
    const during: Fault[] = [];
    for (let count = 0; count < stopsAfter && !this.isAtRest(); count += 1) {
      during.push(...this.takeStep());
    }
    return [...before, ...during];
  }

  isAtRest(): boolean {
    return planCertificates(this.facts()).step === 'rest';
  }

  takeStep(): readonly Fault[] {
    const step = planCertificates(this.facts());
    const { now } = this;
    switch (step.step) {
      case 'make-authority':
        this.#made += 1;
        this.authorities = [
          ...this.authorities.filter(({ notAfter }) => now < notAfter),
          { id: `authority ${this.#made}`, ...lifeFrom(now, AUTHORITY_LIFE_MS) },
        ];
        break;
      case 'publish':
        this.lists.push({ ids: step.roots, since: now });
        break;
      case 'place':
        this.placed = step.roots;
        break;
      case 'sign': {
        const by = this.authorities.find(({ id }) => id === step.by);
        const life = lifeFrom(now, SERVER_LIFE_MS, by?.notAfter);
        this.server = { names: NAMES, signedBy: step.by, ...life };
        break;
      }
      case 'rest':
        break;
    }
    return this.server === undefined ? [] : this.faults();
  }

  /** What a client would object to, whichever list of the last 90 days it has. */
  faults(): readonly Fault[] {
    const { now, server, lists } = this;
    const at = now.toISOString();
    const ended = server === undefined || server.notAfter <= now;
    const from = now.getTime() - KNOWN_AFTER_MS;
    const known = lists.filter((_, index) => {
      const until = lists[index + 1]?.since.getTime() ?? Infinity;
      return until > from;
    });
    const strangers = known.filter(({ ids }) => !ids.includes(server?.signedBy ?? ''));
    const signer = this.authorities.find(({ id }) => id === server?.signedBy);
    return [
      ...(ended ? [{ at, what: 'the certificate has ended' }] : []),
      ...(signer === undefined || signer.notAfter <= now
        ? [{ at, what: `${server?.signedBy} has ended` }]
        : []),
      ...strangers.map(({ ids, since }) => ({
        at,
        what: `${server?.signedBy} is not in ${ids.join(', ')} of ${since.toISOString()}`,
      })),
    ];
  }
}
