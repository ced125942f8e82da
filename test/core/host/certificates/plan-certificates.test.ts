import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, lifeFrom } from '../../../../lib/core/host/certificates/certificate-life.ts';
import {
  type AuthorityFacts,
  type CertificateFacts,
  planCertificates,
} from '../../../../lib/core/host/certificates/plan-certificates.ts';
import { type Moment, NAMES, TimeLine } from './time-line.ts';

const NOW = new Date('2030-06-01T12:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);
const authority = (id: string, madeDaysAgo: number): AuthorityFacts => ({
  id,
  ...lifeFrom(daysAgo(madeDaysAgo), 3_650 * DAY_MS),
});
const OLD = authority('old', 2_500);
const NEW = authority('new', 60);

/** Nothing is due, with `changes`. */
function factsOf(changes: Partial<CertificateFacts> = {}): CertificateFacts {
  const server = { names: NAMES, signedBy: 'new', ...lifeFrom(daysAgo(10), 90 * DAY_MS) };
  const published = { ids: ['old', 'new'], since: daysAgo(90) };
  const authorities = [OLD, NEW];
  return {
    now: NOW,
    names: NAMES,
    authorities,
    published,
    placed: ['old', 'new'],
    server,
    ...changes,
  };
}

function server(changes: Partial<NonNullable<CertificateFacts['server']>>): CertificateFacts {
  const facts = factsOf();
  if (facts.server === undefined) throw new Error('there is no server');
  return { ...facts, server: { ...facts.server, ...changes } };
}

describe('a plan for certificates', () => {
  test('is to rest while all is as it should be', () => {
    expect(planCertificates(factsOf())).toEqual({ step: 'rest' });
  });

  test('begins with an authority, or a successor at two thirds of the life of the newest', () => {
    expect(planCertificates(factsOf({ authorities: [] }))).toEqual({ step: 'make-authority' });
    const aged = (days: number): CertificateFacts =>
      factsOf({ authorities: [authority('old', days)], published: undefined });
    expect(planCertificates(aged(2_433))).toMatchObject({ step: 'publish' });
    expect(planCertificates(aged(2_434))).toEqual({ step: 'make-authority' });
  });

  test('publishes every authority that has not ended, the newest last, before anything is signed', () => {
    const unpublished = [undefined, { ids: ['old'], since: daysAgo(900) }];
    for (const published of unpublished) {
      expect(planCertificates(factsOf({ published, server: undefined }))).toEqual({
        step: 'publish',
        roots: ['old', 'new'],
      });
    }
    const authorities = [authority('ended', 3_651), OLD, NEW];
    const published = { ids: ['ended', 'old', 'new'], since: daysAgo(900) };
    expect(planCertificates(factsOf({ authorities, published }))).toEqual({
      step: 'publish',
      roots: ['old', 'new'],
    });
  });

  test('puts the list on the host before what it verifies', () => {
    expect(planCertificates(factsOf({ placed: [], server: undefined }))).toEqual({
      step: 'place',
      roots: ['old', 'new'],
    });
  });

  test('lets the newest sign once it has been published for 90 days, and not a day before', () => {
    const signedByOld = server({ signedBy: 'old' });
    expect(planCertificates(signedByOld)).toEqual({ step: 'sign', by: 'new' });
    const published = { ids: ['old', 'new'], since: daysAgo(89) };
    expect(planCertificates({ ...signedByOld, published })).toEqual({ step: 'rest' });
  });

  test('asks who has been known the longest on a host that has no certificate yet', () => {
    const published = { ids: ['old', 'new'], since: daysAgo(1) };
    expect(planCertificates(factsOf({ published, server: undefined }))).toEqual({
      step: 'sign',
      by: 'old',
    });
  });

  test('never goes back to an older one because somebody touched the list', () => {
    const published = { ids: ['old', 'new'], since: daysAgo(1) };
    expect(planCertificates(factsOf({ published }))).toEqual({ step: 'rest' });
  });

  test('lets nobody sign whose own end is near', () => {
    const authorities = [authority('old', 3_644), NEW];
    const published = { ids: ['old', 'new'], since: daysAgo(1) };
    const facts = { ...server({ signedBy: 'old' }), authorities, published };
    expect(planCertificates(facts)).toEqual({ step: 'sign', by: 'new' });
  });

  test.each([
    ['there is none', undefined],
    ['it is two thirds through', lifeFrom(daysAgo(60), 90 * DAY_MS)],
    ['it has ended', lifeFrom(daysAgo(100), 90 * DAY_MS)],
    ['it begins later', lifeFrom(daysAgo(-1), 90 * DAY_MS)],
    ['it lacks a name', { names: NAMES.slice(1) }],
    ['it has a name too many', { names: [...NAMES, 'elsewhere'] }],
    ['nobody known has signed it', { signedBy: undefined }],
  ])("renews the server's certificate when %s", (_, changes) => {
    const facts = changes === undefined ? factsOf({ server: undefined }) : server(changes);
    expect(planCertificates(facts)).toEqual({ step: 'sign', by: 'new' });
  });

  test('takes names in any order', () => {
    expect(planCertificates(server({ names: NAMES.toReversed() }))).toEqual({ step: 'rest' });
  });
});

describe('certificates over the years', () => {
  const losesDisk = fc.boolean();
  /** Of two looks at most 14 days apart one at least is not cut short. */
  const stretch = fc
    .record({ days: fc.double({ min: 0, max: 7, noNaN: true }), stopsAfter: fc.nat(4), losesDisk })
    .map(({ days, stopsAfter, losesDisk: loses }): readonly Moment[] => [
      { afterDays: days, stopsAfter },
      { afterDays: 7, losesDisk: loses },
    ]);
  const years = fc.array(stretch, { minLength: 1, maxLength: 30 });

  test('are valid, and verified by every list of the last 90 days, at any moment', () => {
    fc.assert(
      fc.property(years, fc.integer({ min: 0, max: 11_000 }), (moments, quietDays) => {
        const line = new TimeLine();
        const quiet = Array.from({ length: Math.ceil(quietDays / 14) }, () => ({ afterDays: 14 }));
        const all = [{ afterDays: 0 }, ...quiet, ...moments.flat(), ...quiet];
        expect(all.flatMap((one) => line.live(one))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('are listed as long as they live, the newest last, whenever the host has had its time', () => {
    fc.assert(
      fc.property(years, fc.integer({ min: 0, max: 11_000 }), (moments, quietDays) => {
        const line = new TimeLine();
        for (let day = 0; day < quietDays; day += 14) line.live({ afterDays: 14 });
        for (const one of [...moments.flat(), { afterDays: 0 }]) line.live(one);
        const living = line.authorities.filter(({ notAfter }) => line.now < notAfter);
        expect(line.lists.at(-1)?.ids).toEqual(living.map(({ id }) => id));
        const ends = living.map(({ notAfter }) => notAfter.getTime());
        expect(ends).toEqual(ends.toSorted((one, other) => one - other));
        // A parameter of the standard tier holds four.
        expect(living.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 30 },
    );
  });

  test('come to rest in a few steps from wherever they are', () => {
    const day = fc.integer({ min: 0, max: 4_000 });
    const someFacts = fc
      .record({
        made: fc.array(day, { maxLength: 3 }),
        since: day,
        ids: fc.subarray(['0', '1', '2']),
        signed: fc.option(fc.record({ at: day, by: fc.constantFrom('0', '1', '2', undefined) })),
      })
      .map(({ made, since, ids, signed }) => {
        const line = new TimeLine();
        line.now = NOW;
        line.authorities = made
          .toSorted((one, other) => other - one)
          .map((days, index) => authority(`${index}`, days));
        line.lists = [{ ids, since: daysAgo(since) }];
        if (signed !== null) {
          line.server = {
            names: NAMES,
            signedBy: signed.by,
            ...lifeFrom(daysAgo(signed.at), 90 * DAY_MS),
          };
        }
        return line;
      });
    fc.assert(
      fc.property(someFacts, (line) => {
        for (let count = 0; count < 6; count += 1) line.takeStep();
        expect(planCertificates(line.facts())).toEqual({ step: 'rest' });
      }),
    );
  });

  test('that were not looked at for years are good again at the next look', () => {
    const line = new TimeLine();
    line.live({ afterDays: 0 });
    for (const afterDays of [3_600, 40, 9_000]) {
      line.live({ afterDays });
      expect(line.server?.notAfter.getTime()).toBeGreaterThan(line.now.getTime());
      expect(line.lists.at(-1)?.ids).toContain(line.server?.signedBy);
    }
  });
});
