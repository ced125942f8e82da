import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeProof, freshProof } from '../../../lib/core/paging/paging-proof.ts';
import { runNotify } from '../../../lib/core/paging/run-notify.ts';
import type { DiagnosisRequest } from '../../../lib/core/ports/diagnoser.ts';
import { denied } from './fake-paging.ts';
import { openOffice } from './paging-office.ts';
import { diagnosis, PAGE_TOPIC, TICKET_TOPIC } from './samples.ts';

const AT = new Date('2026-12-01T05:10:00.000Z');
const PROVE = { kind: 'prove', scheduledTime: AT } as const;
const WHOSE = { environment: 'prod', cluster: 'orders' };
const back = (text: string, topic = PAGE_TOPIC) => ({
  kind: 'messages' as const,
  records: [{ topic, id: '1', subject: 'Holdfast proves that pages arrive', message: text }],
});

describe('a proof that pages arrive', () => {
  test('goes out to the topic of pages, and is counted when it comes back, and told to nobody', async () => {
    const office = openOffice();
    expect(await runNotify(PROVE, office)).toEqual({ messages: 0, deliveries: 0 });
    expect(office.proven).toEqual([{ topic: PAGE_TOPIC, text: expect.any(String) }]);
    expect(office.telemetry.flushed).toEqual([]);
    const [{ text } = { text: '' }] = office.proven;
    expect(await runNotify(back(text), office)).toEqual({ messages: 0, deliveries: 0 });
    expect(office.telemetry.flushed).toEqual([{ PagingProven: 1 }]);
    expect(office.log.lines).toMatchObject([
      { event: 'paging.proven', fields: { cluster: 'orders', duration_ms: 30_123 } },
    ]);
    expect(office.emails).toEqual([]);
  });

  test('asks for a diagnosis too, as the function that makes them must not fall asleep', async () => {
    const asked: DiagnosisRequest[] = [];
    const diagnose = async (request: DiagnosisRequest) => {
      asked.push(request);
      return diagnosis();
    };
    const office = openOffice({ diagnoser: { diagnose } });
    await runNotify(PROVE, office);
    const alarm = 'holdfast-prod-orders-PagingUnproven';
    expect(asked).toEqual([{ alarm, at: AT, isProof: true }]);
    expect(office.proven).toHaveLength(1);
    expect(office.log.lines).toEqual([]);
  });

  test.each([
    { failures: 1, proofs: 1, what: 'leaves when a second question is answered' },
    { failures: 2, proofs: 0, what: 'does not leave when no diagnosis can be had' },
  ])('$what', async ({ failures, proofs }) => {
    let asked = 0;
    const diagnose = async () => {
      asked += 1;
      if (asked <= failures) throw denied();
      return diagnosis();
    };
    const office = openOffice({ diagnoser: { diagnose } });
    const running = runNotify(PROVE, office);
    await office.clock.advance(4_999);
    expect(asked).toBe(1);
    await office.clock.advance(1);
    await running;
    expect(asked).toBe(2);
    expect(office.proven).toHaveLength(proofs);
    const missing = { event: 'diagnosis.missing', fields: { error_code: 'AWS-DENIED' } };
    expect(office.log.lines).toMatchObject(Array.from({ length: failures }, () => missing));
  });

  test('that cannot be sent fails, so that it is tried again', async () => {
    const office = openOffice({ proofs: { publish: async () => Promise.reject(denied()) } });
    await expect(runNotify(PROVE, office)).rejects.toMatchObject({ code: 'AWS-DENIED' });
  });

  test.each([
    { what: 'an old one', text: encodeProof({ ...WHOSE, at: new Date('2026-12-01T04:10:00Z') }) },
    {
      what: 'one of tomorrow',
      text: encodeProof({ ...WHOSE, at: new Date('2026-12-02T05:10:00Z') }),
    },
    { what: 'another cluster’s', text: encodeProof({ ...WHOSE, cluster: 'other', at: AT }) },
    { what: 'another environment’s', text: encodeProof({ ...WHOSE, environment: 'dev', at: AT }) },
    { what: 'one that is none', text: '{"holdfast":"paging-proof"}' },
    {
      what: 'one at the wrong topic',
      text: encodeProof({ ...WHOSE, at: AT }),
      topic: TICKET_TOPIC,
    },
  ])('is told to people when it is $what', async ({ text, topic }) => {
    const office = openOffice();
    expect(await runNotify(back(text, topic), office)).toMatchObject({ messages: 1 });
    expect(office.telemetry.flushed).toEqual([]);
  });

  test('is what was written, for any time', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: AT }), (at) => {
        expect(freshProof(encodeProof({ ...WHOSE, at }), WHOSE, at)).toMatchObject({ at });
      }),
    );
  });

  test('is no other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(freshProof(text, WHOSE, AT)).toBeUndefined();
      }),
    );
  });
});
