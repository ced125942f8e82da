import { expect, test } from 'vitest';
import { planResume } from '../../../../lib/core/restore/in-place/plan-resume.ts';
import { journalIn, RESULT } from './sample-journal.ts';

test('begins where none was recovered, where one is done, and where one was taken back', () => {
  expect(planResume(undefined, false, 'occupied').kind).toBe('begin');
  expect(planResume(journalIn('recovered'), true, 'occupied').kind).toBe('begin');
  expect(planResume(journalIn('put-back'), false, 'occupied').kind).toBe('begin');
});

test('begins anew when nothing was moved yet, or somebody has moved it back by hand', () => {
  expect(planResume(journalIn('setting-aside'), false, 'occupied').kind).toBe('begin');
  expect(planResume(journalIn('recovering'), false, 'occupied').kind).toBe('begin');
});

test('goes on while the old cluster is aside and the new one unfinished', () => {
  expect(planResume(journalIn('setting-aside'), true, 'absent').kind).toBe('go-on');
  expect(planResume(journalIn('recovering'), true, 'unfinished').kind).toBe('go-on');
  const proven = { ...journalIn('recovering'), result: RESULT };
  expect(planResume(proven, true, 'unfinished').kind).toBe('go-on');
});

test('is done when only the last word in the journal is missing', () => {
  const proven = { ...journalIn('recovering'), result: RESULT };
  expect(planResume(proven, true, 'occupied').kind).toBe('done');
});

test('leaves an interrupted rollback to the rollback', () => {
  const plan = (): unknown => planResume(journalIn('putting-back'), true, 'absent');
  expect(plan).toThrow(expect.objectContaining({ code: 'RESTORE-ROLLBACK' }));
});
