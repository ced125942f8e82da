import { describe, expect, test } from 'vitest';
import { listOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

const synthesis = synthesize();
const schedules = synthesis.resources('AWS::Scheduler::Schedule');

describe('a schedule', () => {
  test.each(schedules.map(({ path }) => path))(
    'is made once its role has its rights: %s',
    (path) => {
      const schedule = schedules.find((one) => one.path === path);
      const awaited = new Set(listOf(schedule?.whole['DependsOn']).map(String));
      const types = synthesis
        .resources()
        .filter(({ stack, id }) => stack === schedule?.stack && awaited.has(id))
        .map(({ type }) => type);
      expect(types).toEqual(expect.arrayContaining(['AWS::IAM::Policy', 'AWS::IAM::Role']));
    },
  );
});
