import type { Pagers } from '../../ports/pagers.ts';
import { postJson } from './post-json.ts';

const ENQUEUE = new URL('https://events.pagerduty.com/v2/enqueue');

/**
 * PagerDuty's Events API v2.
 *
 * @see https://developer.pagerduty.com/docs/events-api-v2-overview
 */
export const pagerDutyEvents: Pagers['pagerDuty'] = async (event, { signal } = {}) => {
  await postJson({ url: ENQUEUE, body: event, secret: event.routing_key, signal });
};
