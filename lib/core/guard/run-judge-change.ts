import type { JudgeChangeConfig } from '../config/judge-change-config.ts';
import { Event } from '../contract/events.ts';
import { Metric } from '../contract/metrics.ts';
import type { Log } from '../ports/log.ts';
import type { Pagers } from '../ports/pagers.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { ChangeEvent } from './change-event.ts';
import { changeMessage } from './change-message.ts';
import { judgeChange, type Verdict } from './judge-change.ts';
import { readStakes, type StakesSource } from './stakes.ts';

/** What {@link runJudgeChange} works with. */
export interface JudgeChangeDeps extends Omit<StakesSource, 'cluster'> {
  readonly config: JudgeChangeConfig;
  /** To a topic. */
  readonly publish: Pagers['email'];
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Judges a change of what guards the archive, and tells people of it. The metric goes out first: its alarm
 * pages by itself when all else fails, and again until somebody has acknowledged it.
 *
 * @returns what was done about it.
 * @throws {@link OpsError} `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED` when the topic does not take the message.
 */
export async function runJudgeChange(
  event: ChangeEvent,
  deps: JudgeChangeDeps,
): Promise<Verdict['action']> {
  const { config, telemetry, log, signal, publish } = deps;
  const verdict = judgeChange(event, config.roles);
  const { action, says } = verdict;
  if (action === 'page') telemetry.add(Metric.GUARD_PAGED, 1);
  if (action === 'proof') telemetry.add(Metric.GUARD_PROVEN, 1);
  telemetry.flush();
  log[action === 'page' ? 'warn' : 'info'](Event.CHANGE_JUDGED, {
    cluster: config.cluster,
    action,
    change: `${event.service}:${event.name}`,
    actor: event.actor,
    source_ip: event.sourceIp,
    changed_at: event.at?.toISOString(),
    refusal: event.refusal,
    trail_event: event.id,
    says,
  });
  if (action === 'page' || action === 'ticket') {
    const stakes = await readStakes({ ...deps, cluster: config.cluster });
    const message = changeMessage({ ...config, event, verdict, stakes });
    await publish(config.topics[action], message, { signal });
  }
  return action;
}
