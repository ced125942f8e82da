import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeAcknowledgement,
  encodeAcknowledgement,
  isAbout,
} from '../../../lib/core/paging/acknowledgement.ts';
import { ALARM } from './samples.ts';

const instants = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const words = fc.string({ unit: 'binary', minLength: 1 });
const acknowledgements = fc.record({
  alarm: words,
  by: words,
  at: instants,
  transitionedAt: instants,
  reason: fc.oneof(fc.constant(undefined), fc.string({ unit: 'binary' }), fc.constant('{{ {{{ }}')),
});

describe('an acknowledgement as text', () => {
  test('is JSON that a person can read', () => {
    const at = new Date('2026-12-01T05:20:00Z');
    const transitionedAt = new Date('2026-12-01T05:10:00.123Z');
    const text = encodeAcknowledgement({ alarm: ALARM, by: 'ada on laptop', at, transitionedAt });
    expect(JSON.parse(text)).toEqual({
      alarm: ALARM,
      by: 'ada on laptop',
      at: '2026-12-01T05:20:00.000Z',
      transitionedAt: '2026-12-01T05:10:00.123Z',
    });
  });

  test('is read back as it was, and names no other parameter', () => {
    fc.assert(
      fc.property(acknowledgements, (acknowledgement) => {
        const text = encodeAcknowledgement(acknowledgement);
        expect(decodeAcknowledgement(text)).toEqual(acknowledgement);
        expect(text).not.toContain('{{');
      }),
    );
  });

  test.each(['', 'done', '{}', '[]', 'null', `{"alarm":"${ALARM}","by":"ada"}`])(
    '%j is none',
    (text) => {
      expect(decodeAcknowledgement(text)).toBeUndefined();
    },
  );
});

describe('an acknowledgement', () => {
  const at = new Date('2026-12-01T05:20:00Z');
  const transitionedAt = new Date('2026-12-01T05:10:00Z');
  const acknowledgement = { alarm: ALARM, by: 'ada', at, transitionedAt };

  test('is about the transition that it names', () => {
    expect(isAbout(acknowledgement, { transitionedAt })).toBe(true);
  });

  test('is not about the next one', () => {
    const next = new Date(transitionedAt.getTime() + 1);
    expect(isAbout(acknowledgement, { transitionedAt: next })).toBe(false);
  });

  test('that does not exist is about nothing', () => {
    expect(isAbout(undefined, { transitionedAt })).toBe(false);
  });
});
