import { describe, expect, test } from 'vitest';
import { CAUSE_GROUPS } from '../../../lib/core/health/cause-groups.ts';
import { GROUP_ALARMS } from '../../../lib/infra/monitoring/cause-graph.ts';
import { alarmsOf, groupsOf } from '../support/alarms.ts';
import { clusterOf } from '../support/inputs.ts';
import { listOf, objectOf, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

/** CloudWatch takes no more children of a composite alarm. */
const MOST_MEMBERS = 100;
/** Of these somebody hears whatever else is wrong. */
const NEVER_HELD_BACK = new Set(['DataVolumeFull', 'HostMissing']);

const synthesis = synthesize();
const alarms = alarmsOf(synthesis);
const groups = groupsOf(synthesis);
const telling = groups.filter(({ tells }) => tells !== undefined);
const byId = new Map(groups.map((group) => [group.id, group]));

/** What an alarm of either kind is held back by, in the end: ids of alarms that are made of nothing. */
function causesOf(id: string | undefined): readonly string[] {
  if (id === undefined) return [];
  const { members } = byId.get(id) ?? { members: undefined };
  return members === undefined ? [id] : [...new Set(members.flatMap(causesOf))].toSorted();
}

describe('alarms of groups', () => {
  test('are there for each cause of tiers B and C, and tell people in their place', () => {
    expect(telling.map(({ id, tells }) => `${id} ${tells?.split('/').at(-1)}`)).toEqual([
      'DatabaseDown Page',
      'DiskFilling Page',
      'SessionsStuck Page',
      'ConnectionsShort Page',
      'NumbersRunOut Page',
      'TrustEnds Page',
      'MachineIll Page',
      'WorkloadIll Ticket',
      'VacuumBehind Ticket',
      'SchemaUntidy Ticket',
      'SettingsDrifted Ticket',
      'MonitorImpaired Ticket',
    ]);
  });

  test('have every alarm that does not speak for itself in one of them, and no other', () => {
    const silent = alarms.filter(({ tells }) => tells === undefined).map(({ id }) => id);
    const members = telling.flatMap(({ members: ids }) => ids);
    expect(members.toSorted()).toEqual(silent.toSorted());
    const minor = alarms.filter(({ tier }) => tier === 'B' || tier === 'C').map(({ id }) => id);
    expect(minor.filter((id) => !silent.includes(id))).toEqual([]);
  });

  test('have members that do nothing themselves', () => {
    const acting = alarms
      .filter(({ tells }) => tells === undefined)
      .filter(({ resource: { properties } }) =>
        ['AlarmActions', 'OKActions', 'InsufficientDataActions'].some(
          (name) => listOf(properties[name]).length > 0,
        ),
      );
    expect(acting.map(({ id }) => id)).toEqual([]);
  });

  test('have as many members as CloudWatch takes, and at least one', () => {
    const sizes = groups.map(({ members }) => members.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST_MEMBERS);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
  });

  test('say when they fire and when it is over', () => {
    for (const { properties, path } of synthesis.resources('AWS::CloudWatch::CompositeAlarm')) {
      const { AlarmActions, OKActions } = properties;
      expect({ path, ok: OKActions }).toEqual({ path, ok: AlarmActions });
    }
  });

  test('say what has happened, where to read on, how to look and whose it is', () => {
    for (const { description, id } of telling) {
      const [sentence, link, look, whose] = description.split('\n');
      expect(sentence).toMatch(/^[a-zA-Z].{20,}[^.]$/);
      expect(link).toContain(`#${id.toLowerCase()}`);
      expect(look).toMatch(/^look: .{10,}$/);
      expect(whose).toMatch(/^tier [BCM], severity (page|ticket), owner on-call$/);
    }
  });

  test('wake nobody because a backup or a dump uses all that the volume is provisioned for', () => {
    const limits = ['VolumeIopsExceeded', 'VolumeThroughputExceeded'];
    expect(byId.get('WorkloadIll')?.members).toEqual(expect.arrayContaining(limits));
    const machine = byId.get('MachineIll')?.members ?? [];
    expect(machine).toEqual(expect.arrayContaining(['VolumeStalled', 'VolumeFailing']));
    expect(machine.filter((id) => limits.includes(id))).toEqual([]);
  });

  test('are named as the causes of checks are', () => {
    const names = new Set<string>([...Object.keys(CAUSE_GROUPS), 'checks']);
    expect(GROUP_ALARMS.filter(({ group }) => !names.has(group))).toEqual([]);
  });
});

describe('what holds an alarm back', () => {
  test('is what explains it', () => {
    const unseen = ['DatabaseUnreachable', 'ProbeSilent'];
    const stuck = ['IdleInTransaction', 'LongTransaction', 'SessionsBlocked'];
    const vacuum = ['AutovacuumBusy', 'AutovacuumCancelled', 'DeadTuples', 'VacuumTrouble'];
    expect(Object.fromEntries(telling.map((one) => [one.id, causesOf(one.heldBackBy)]))).toEqual({
      DatabaseDown: [],
      DiskFilling: ['ArchiverFailing', 'SlotRetainsMuch'],
      SessionsStuck: unseen,
      ConnectionsShort: [...unseen, ...stuck].toSorted(),
      NumbersRunOut: unseen,
      TrustEnds: [],
      MachineIll: [],
      WorkloadIll: unseen,
      VacuumBehind: [...unseen, 'XminPinned', ...stuck].toSorted(),
      SchemaUntidy: [...unseen, ...vacuum].toSorted(),
      SettingsDrifted: unseen,
      MonitorImpaired: [],
    });
  });

  test('never holds back what is about data, a full volume or a missing host', () => {
    const heldBack = groups
      .filter(({ heldBackBy }) => heldBackBy !== undefined)
      .flatMap(({ id }) => causesOf(id));
    const never = alarms
      .filter(({ id, tier }) => tier === 'A' || NEVER_HELD_BACK.has(id))
      .map(({ id }) => id);
    expect(never.length).toBeGreaterThan(20);
    expect(heldBack.filter((id) => never.includes(id))).toEqual([]);
    // Metric alarms know no suppressor: only what speaks through a group could be held back.
    expect(alarms.filter(({ id, tells }) => never.includes(id) && tells === undefined)).toEqual([]);
  });

  test('tells nobody, and goes on for a while so that what it explains can end', () => {
    for (const { id } of groups.filter(({ tells }) => tells === undefined)) {
      expect(telling.some(({ heldBackBy }) => heldBackBy === id)).toBe(true);
    }
    for (const { properties } of synthesis.resources('AWS::CloudWatch::CompositeAlarm')) {
      if (properties['ActionsSuppressor'] === undefined) continue;
      expect(properties['ActionsSuppressorWaitPeriod']).toBe(120);
      expect(properties['ActionsSuppressorExtensionPeriod']).toBe(180);
    }
  });

  test('does not come round to itself', () => {
    const reach = (id: string, seen: readonly string[]): readonly string[] => {
      if (seen.includes(id)) return [...seen, `${id} again`];
      const { members = [], heldBackBy } = byId.get(id) ?? {};
      const next = heldBackBy === undefined ? members : [...members, heldBackBy];
      return next.flatMap((one) => reach(one, [...seen, id]));
    };
    expect(groups.flatMap(({ id }) => reach(id, [])).filter((id) => id.endsWith('again'))).toEqual(
      [],
    );
  });
});

describe('the maintenance window', () => {
  const window = { start: '23:30', minutes: 90 };

  test('mutes the groups of mere degradation, and nothing else', () => {
    const from = synthesize(clusterOf({ maintenanceWindow: window }));
    const [rule, ...more] = from.resources('AWS::CloudWatch::AlarmMuteRule');
    expect(more).toEqual([]);
    const { Rule, MuteTargets } = rule?.properties ?? {};
    expect(objectOf(Rule)['Schedule']).toEqual({
      Expression: 'cron(30 23 * * *)',
      Duration: 'PT90M',
      Timezone: 'UTC',
    });
    const muted = listOf(objectOf(MuteTargets)['AlarmNames']).map(textOf);
    const minor = groupsOf(from).filter(({ description }) => description.includes('\ntier C,'));
    expect(muted).toEqual(minor.map(({ name }) => name));
    expect(muted).toHaveLength(4);
  });

  test('mutes nothing where there is none', () => {
    expect(synthesis.resources('AWS::CloudWatch::AlarmMuteRule')).toEqual([]);
  });
});
