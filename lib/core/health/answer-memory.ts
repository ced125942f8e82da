import { type KeptAnswer, keptAnswer } from './kept-answer.ts';
import { type ProbeMemory, probeMemory } from './probe-memory.ts';
import type { Readiness } from './readiness.ts';
import type { HealthReport } from './report.ts';

/** What a process that answers keeps between requests, so that nobody can hurt a server by asking. */
export interface AnswerMemory {
  readonly probe: ProbeMemory;
  readonly report: KeptAnswer<HealthReport>;
  readonly readiness: KeptAnswer<Readiness>;
  /** Current and previous token. */
  readonly tokens: KeptAnswer<readonly string[]>;
}

const REPORT_MS = 30_000;
const READINESS_MS = 5_000;
const TOKENS_MS = 60_000;

/** A memory before the first request. */
export function answerMemory(): AnswerMemory {
  return {
    probe: probeMemory(),
    report: keptAnswer(REPORT_MS),
    readiness: keptAnswer(READINESS_MS),
    tokens: keptAnswer(TOKENS_MS),
  };
}
