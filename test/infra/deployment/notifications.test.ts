import { describe, expect, test } from 'vitest';
import { Notifications } from '../../../lib/infra/deployment/notifications.ts';
import { faultsOf } from '../support/faults.ts';
import { environmentOf } from '../support/inputs.ts';

const page = { emails: ['oncall@example.com'], pagerDutySecret: 'pagers/pagerduty' };

describe('notifications', () => {
  test('send tickets where pages go, unless told otherwise', () => {
    expect(Notifications.parse({ page })).toEqual({ page, ticket: page, repeatMinutes: 15 });
    const ticket = { emails: ['team@example.com'] };
    expect(Notifications.parse({ page, ticket }).ticket).toEqual(ticket);
  });

  test('refuse pages that only our own code delivers: if it is broken, nobody hears of it', () => {
    const notifications = { page: { pagerDutySecret: 'pagers/pagerduty' } };
    expect(faultsOf(environmentOf({ notifications }))).toEqual([
      expect.stringContaining('notifications.page: reaches nobody'),
    ]);
  });

  test.each(['https://hooks.example.com/T/B/x', 'arn:aws:secretsmanager:eu-central-1:1:secret:x'])(
    'refuse %s for a secret: its name is asked for, its value must stand in no file',
    (slackSecret) => {
      const notifications = { page: { ...page, slackSecret } };
      expect(faultsOf(environmentOf({ notifications }))).toEqual([
        'notifications.page.slackSecret: is no name of a secret',
      ]);
    },
  );

  test("refuse a secret's name that ends as its ARN does", () => {
    const notifications = { page: { ...page, slackSecret: 'pagers/slack-aB3xYz' } };
    expect(faultsOf(environmentOf({ notifications }))).toEqual([
      expect.stringContaining('notifications.page.slackSecret: ends like an ARN'),
    ]);
  });

  test.each([4, 1_441])('refuse to repeat a page every %i minutes', (repeatMinutes) => {
    expect(faultsOf(environmentOf({ notifications: { page, repeatMinutes } }))).toHaveLength(1);
  });
});
