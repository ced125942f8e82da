import { describe, expect, test } from 'vitest';
import { NotifyConfig } from '../../../lib/core/config/notify-config.ts';
import { Metric } from '../../../lib/core/contract/metrics.ts';
import { NotifyEvent } from '../../../lib/core/paging/notify-event.ts';
import { alarmsOf, groupsOf } from '../support/alarms.ts';
import { functionAt, variablesOf } from '../support/environments.ts';
import { clusterOf, environmentOf } from '../support/inputs.ts';
import { resourceStatements } from '../support/policies.ts';
import { listOf, objectOf, type Resource, textOf } from '../support/resources.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';

const synthesis = synthesize();
const SPLIT = {
  page: { emails: ['oncall@example.com'], pagerDutySecret: 'pagers/pagerduty' },
  ticket: { emails: ['team@example.com'], slackSecret: 'pagers/slack' },
};

/** `protocol endpoint -> topic` of each subscription. */
function subscriptions(from: Synthesis): readonly string[] {
  return from.resources('AWS::SNS::Subscription').map(({ properties }) =>
    [properties['Protocol'], properties['Endpoint'], '->', properties['TopicArn']]
      .map(textOf)
      .join(' ')
      .replaceAll(/[0-9A-F]{8}(\.Arn)?\}/g, '}'),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, one) => before + one, 0);
}

function notifier(from: Synthesis): Resource {
  return functionAt(from, 'orders-Watch/Pages/Notify');
}

describe("a cluster's watch stack", () => {
  test('sends alarms to addresses and to the notifier, and what it makes of them to addresses', () => {
    const from = synthesize(environmentOf({ notifications: SPLIT }));
    expect(subscriptions(from).toSorted()).toEqual(
      [
        'email oncall@example.com -> ${TopicsPage}',
        'email oncall@example.com -> ${TopicsPageMessages}',
        'email team@example.com -> ${TopicsTicket}',
        'email team@example.com -> ${TopicsTicketMessages}',
        'lambda ${PagesNotifyHandler} -> ${TopicsPage}',
        'lambda ${PagesNotifyHandler} -> ${TopicsTicket}',
      ].toSorted(),
    );
  });

  test("tells a cluster's own people, where the file names them", () => {
    const page = { emails: ['orders@example.com'] };
    const text = subscriptions(synthesize(clusterOf({ notifications: { page } }))).join('\n');
    expect(text).toContain('orders@example.com');
    expect(text).not.toContain('oncall@example.com');
  });

  test('subscribes an address once, however often the file has it', () => {
    const page = { emails: ['a@example.com', 'a@example.com'] };
    const found = subscriptions(synthesize(environmentOf({ notifications: { page } })));
    expect(new Set(found).size).toBe(found.length);
  });

  test('tells the notifier what its configuration calls for', () => {
    const notifications = { ...SPLIT, repeatMinutes: 30 };
    const from = synthesize(environmentOf({ notifications, runbookUrl: 'https://example.com/r' }));
    const config = NotifyConfig.parse(variablesOf(notifier(from)));
    expect(config).toMatchObject({
      environment: 'prod',
      runbookUrl: 'https://example.com/r',
      repeatMinutes: 30,
    });
    expect(config.pageTopic).toContain('TopicsPage');
    expect(config.routes.page.emailTopic).toContain('TopicsPageMessages');
    expect(config.routes.page.pagerDutySecret).toContain('pagers/pagerduty');
    expect(config.routes.page.slackSecret).toBeUndefined();
    expect(config.routes.ticket.slackSecret).toContain('pagers/slack');
  });

  test('lets the notifier read the secrets that the file names, and no others', () => {
    const from = synthesize(environmentOf({ notifications: SPLIT }));
    const policy = from
      .resources('AWS::IAM::Policy')
      .find(({ path }) => path.startsWith('orders-Watch/Pages/Notify/'));
    const reading = policy === undefined ? [] : resourceStatements(policy);
    expect(
      reading.find(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))?.resources,
    ).toEqual(
      ['pagers/pagerduty', 'pagers/slack'].map(
        (name) => `arn:aws:secretsmanager:eu-central-1:111111111111:secret:${name}-??????`,
      ),
    );
  });

  test('asks every five minutes whether a page has to be repeated', () => {
    const schedule = synthesis
      .resources('AWS::Scheduler::Schedule')
      .find(({ stack }) => stack === 'orders-Watch');
    expect(schedule?.properties['ScheduleExpression']).toBe('rate(5 minutes)');
    const input = textOf(objectOf(schedule?.properties['Target'])['Input']);
    const event: unknown = JSON.parse(
      input.replaceAll('<aws.scheduler.scheduled-time>', '2026-12-01T02:30:00Z'),
    );
    expect(NotifyEvent.parse(event)).toMatchObject({ kind: 'repeat' });
  });

  test('keeps pages that could not be delivered: topics may put them there, and the guard’s rules', () => {
    const admitted = synthesis
      .resources('AWS::SQS::QueuePolicy')
      .filter(({ stack }) => stack === 'orders-Watch')
      .flatMap(resourceStatements)
      .filter(({ effect }) => effect === 'Allow')
      .map(({ principal }) => objectOf(principal)['Service']);
    const rules = synthesis
      .resources('AWS::Events::Rule')
      .filter(({ stack }) => stack === 'orders-Watch');
    expect(admitted).toEqual([
      'sns.amazonaws.com',
      'sns.amazonaws.com',
      ...rules.map(() => 'events.amazonaws.com'),
    ]);
    const redriven = synthesis
      .resources('AWS::SNS::Subscription')
      .filter(({ properties }) => properties['Protocol'] === 'lambda')
      .filter(({ properties }) => 'RedrivePolicy' in properties);
    expect(redriven).toHaveLength(2);
  });

  test('tells people at the topics of alarms of no proof that pages arrive', () => {
    const people = synthesis
      .resources('AWS::SNS::Subscription')
      .filter(({ stack }) => stack === 'orders-Watch')
      .filter(({ properties }) => properties['Protocol'] === 'email');
    const filtered = people.filter(({ properties }) => 'FilterPolicy' in properties);
    expect(filtered.length).toBeGreaterThan(0);
    for (const { properties } of people) {
      const isOfAlarms = !textOf(properties['TopicArn']).includes('Messages');
      expect(properties['FilterPolicy']).toEqual(
        isOfAlarms ? { kind: [{ exists: false }, { 'anything-but': ['proof'] }] } : undefined,
      );
    }
  });

  test('encrypts pages under a key of their own: one about the cluster’s key must not need it', () => {
    for (const { properties } of synthesis.resources('AWS::SNS::Topic')) {
      expect(textOf(properties['KmsMasterKeyId'])).toContain('TopicsKey');
    }
  });

  test('shows all alarms and metrics that there are on its dashboard', () => {
    const [dashboard] = synthesis.resources('AWS::CloudWatch::Dashboard');
    const { widgets } = JSON.parse(textOf(dashboard?.properties['DashboardBody']));
    const [telling, told, ...others] = widgets;
    const groups = groupsOf(synthesis).filter(({ tells }) => tells !== undefined);
    const states: number[] = [telling, told].map(({ properties }) => properties.alarms.length);
    expect(states[0]).toBe(
      groups.length + alarmsOf(synthesis).filter(({ tells }) => tells !== undefined).length,
    );
    expect(sum(states)).toBe(groups.length + alarmsOf(synthesis).length);
    // A widget takes no more.
    expect(Math.max(...states)).toBeLessThanOrEqual(100);
    const shown: readonly string[] = others.flatMap(
      ({ properties }: { properties: { metrics?: readonly (readonly string[])[] } }) =>
        (properties.metrics ?? []).map(([, name]) => name),
    );
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.filter((name) => !Object.values<string>(Metric).includes(name))).toEqual([]);
  });

  test('asks on its dashboard what an incident asks, from the top down', () => {
    const [dashboard] = synthesis.resources('AWS::CloudWatch::Dashboard');
    const { widgets } = JSON.parse(textOf(dashboard?.properties['DashboardBody']));
    const questions = widgets.flatMap(({ properties }: { properties: { markdown?: string } }) =>
      properties.markdown === undefined ? [] : [properties.markdown],
    );
    expect(questions).toEqual([
      '## Can we recover?',
      '## Is it up?',
      '## Is it slow?',
      '## What will fill up?',
    ]);
    const { properties: runways } = widgets.find(
      ({ properties }: { properties: { view?: string } }) => properties.view === 'singleValue',
    );
    const days = runways.metrics.map(([, name]: readonly string[]) => name);
    expect(days.filter((name: string) => !name.endsWith('DaysLeft'))).toEqual([]);
    expect(days).toHaveLength(9);
  });

  test('proves each day that pages arrive: the notifier may tell its own topic, for that alone', () => {
    const proof = synthesis
      .resources('AWS::Scheduler::Schedule')
      .find(({ path }) => path.includes('/ProvePaging'));
    expect(proof?.properties['ScheduleExpression']).toBe('rate(1 day)');
    expect(textOf(objectOf(proof?.properties['Target'])['Input'])).toBe(
      '{"prove":"<aws.scheduler.scheduled-time>"}',
    );
  });

  test('proves it before it is asked for a proof, and once the notifier hears of its topic', () => {
    const resources = synthesis
      .resources()
      .filter(({ stack }) => stack === alarmsOf(synthesis)[0]?.resource.stack);
    const behind = (from: string): readonly (Resource | undefined)[] =>
      listOf(resources.find(({ path }) => path.includes(from))?.whole['DependsOn']).map((id) =>
        resources.find((one) => one.id === id),
      );
    expect(behind('/PagingUnproven').map((one) => one?.path)).toEqual([
      expect.stringContaining('/ProvePaging'),
    ]);
    const types = behind('/ProvePaging').map((one) => one?.type);
    expect(types.filter((type) => type === 'AWS::SNS::Subscription')).toHaveLength(2);
    expect(types.filter((type) => type === 'AWS::Lambda::Permission')).toHaveLength(2);
  });

  test('tells the notifier who knows what stands behind a page', () => {
    const config = NotifyConfig.parse(variablesOf(notifier(synthesis)));
    expect(config.diagnoseFunction).toContain('HealthDiagnose');
  });
});
