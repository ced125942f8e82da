import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Json, Positive, Word } from './fields.ts';

/** Where messages of one severity go, besides the e-mail addresses that its topic has. */
const Route = z.object({
  /** ARN of the topic whose subscribers read the message as e-mail. */
  emailTopic: Word.optional(),
  /** ARN of the secret that holds a Slack incoming webhook's URL. */
  slackSecret: Word.optional(),
  /** ARN of the secret that holds a PagerDuty Events API v2 routing key. */
  pagerDutySecret: Word.optional(),
});
export type Route = z.output<typeof Route>;

/** A route for each severity. */
export const Routes = z.object({ page: Route, ticket: Route });
export type Routes = z.output<typeof Routes>;

/** How urgent a message is. */
export type Severity = keyof Routes;

/** Where the notifier sends what it is told. */
export const NotifyConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    [DeployedEnv.PAGE_TOPIC]: Word,
    [DeployedEnv.TICKET_TOPIC]: Word,
    [DeployedEnv.RUNBOOK_URL]: Word,
    [DeployedEnv.ROUTES]: Json.pipe(Routes),
    [DeployedEnv.REPEAT_MINUTES]: Positive,
    [DeployedEnv.DIAGNOSE_FUNCTION]: Word.optional(),
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    pageTopic: env[DeployedEnv.PAGE_TOPIC],
    ticketTopic: env[DeployedEnv.TICKET_TOPIC],
    runbookUrl: env[DeployedEnv.RUNBOOK_URL],
    routes: env[DeployedEnv.ROUTES],
    repeatMinutes: env[DeployedEnv.REPEAT_MINUTES],
    /** Without it, a page says what its alarm says, and no more. */
    diagnoseFunction: env[DeployedEnv.DIAGNOSE_FUNCTION],
  }));
export type NotifyConfig = z.output<typeof NotifyConfig>;
