import { z } from 'zod';

const Instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** Somebody has taken note of one transition of an alarm into ALARM: it is not paged again. */
export const Acknowledgement = z.object({
  /** The alarm's name. */
  alarm: z.string().min(1),
  by: z.string().min(1),
  at: Instant,
  /** When the alarm came into the state that was acknowledged. */
  transitionedAt: Instant,
  reason: z.string().optional(),
});
export type Acknowledgement = z.output<typeof Acknowledgement>;

/**
 * The text of a parameter: JSON, in which no two opening braces stand side by side, because
 * Parameter Store takes them for the name of another parameter.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export function encodeAcknowledgement(acknowledgement: Acknowledgement): string {
  const fields = z.encode(Acknowledgement, acknowledgement);
  return JSON.stringify(fields).replaceAll('{{', String.raw`\u007b\u007b`);
}

/** The reverse of {@link encodeAcknowledgement}; `undefined` for any other text. */
export function decodeAcknowledgement(text: string): Acknowledgement | undefined {
  try {
    return Acknowledgement.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether it is about this transition of the alarm, and not about an earlier one. */
export function isAbout(
  acknowledgement: Acknowledgement | undefined,
  { transitionedAt }: { readonly transitionedAt: Date },
): boolean {
  return (
    acknowledgement !== undefined &&
    acknowledgement.transitionedAt.getTime() >= transitionedAt.getTime()
  );
}
