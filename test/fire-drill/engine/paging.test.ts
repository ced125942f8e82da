import { runNotify } from '../../../lib/core/paging/run-notify.ts';
import { openOffice } from '../../core/paging/paging-office.ts';
import { PAGE_TOPIC } from '../../core/paging/samples.ts';
import { drillBook } from '../drill-book.ts';
import { every, merged, silence } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const DAY = 1_440;

drill('PagingUnproven', 'page', async () => {
  const office = openOffice();
  const scheduledTime = new Date('2026-12-01T05:10:00.000Z');
  await runNotify({ kind: 'prove', scheduledTime }, office);
  const records = office.proven.map(({ text: message }) => ({
    topic: PAGE_TOPIC,
    id: 'message-1',
    subject: undefined,
    message,
  }));
  await runNotify({ kind: 'messages', records }, office);
  const well = every(DAY, merged(office.telemetry.flushed));
  // What was sent to the topic does not arrive: nobody counts it.
  return { well, ill: silence, mended: well };
});
