import { z } from 'zod';

const SecretName = z
  .string()
  .regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'is no name of a secret')
  .refine((name) => !/-[A-Za-z0-9]{6}$/.test(name), {
    error: 'ends like an ARN: a name must not end with a hyphen and six characters',
  });

/** Where messages of one severity go. */
const Targets = z.strictObject({
  /** Subscribed to the alarms themselves, and to the readable messages. */
  emails: z.array(z.email()).default([]),
  /** Name of the secret with a Slack incoming webhook's URL: made by hand, read at run time. */
  slackSecret: SecretName.optional(),
  /** Name of the secret with a PagerDuty Events API v2 routing key. */
  pagerDutySecret: SecretName.optional(),
});
export type Targets = z.output<typeof Targets>;

/** Who is told of what. */
export const Notifications = z
  .strictObject({
    /** Somebody has to get up. */
    page: Targets,
    /** Can wait for the morning. @default - as `page` */
    ticket: Targets.optional(),
    /** A page that nobody acknowledged comes again after so many minutes. */
    repeatMinutes: z.int().min(5).max(1_440).default(15),
  })
  .refine(({ page }) => reachesSomebody(page), {
    path: ['page'],
    error: 'reaches nobody: name at least one e-mail address',
  })
  .transform(({ page, ticket = page, repeatMinutes }) => ({ page, ticket, repeatMinutes }));
export type Notifications = z.output<typeof Notifications>;

/** An e-mail address is the way that needs no code of ours: without one a broken notifier is silent. */
function reachesSomebody({ emails }: Targets): boolean {
  return emails.length > 0;
}
