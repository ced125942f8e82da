import { z } from 'zod';

/** The steps of a rotation, in the order in which Secrets Manager asks for them. */
export const ROTATION_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
/** One of {@link ROTATION_STEPS}. */
export type RotationStep = (typeof ROTATION_STEPS)[number];

/**
 * What Secrets Manager sends for each step.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export const RotationEvent = z
  .object({
    Step: z.enum(ROTATION_STEPS),
    SecretId: z.string().min(1),
    ClientRequestToken: z.string().min(1),
  })
  .transform(({ Step, SecretId, ClientRequestToken }) => ({
    step: Step,
    secret: SecretId,
    token: ClientRequestToken,
  }));
export type RotationEvent = z.output<typeof RotationEvent>;
