const HOUR_MS = 3_600_000;
/** A day, in milliseconds. */
export const DAY_MS = 24 * HOUR_MS;

/** How long an authority may sign and be trusted. */
export const AUTHORITY_LIFE_MS = 3_650 * DAY_MS;
/** How long a server's certificate is valid. */
export const SERVER_LIFE_MS = 90 * DAY_MS;
/** How long clients have to learn of an authority before it signs. */
export const KNOWN_AFTER_MS = 90 * DAY_MS;
/** An authority with less than this left signs no more: what it signs would end before anybody looks again. */
export const LAST_SIGNATURE_MS = 7 * DAY_MS;
/** By so much the clocks of others may be behind. */
export const BACKDATED_MS = HOUR_MS;

/** From when to when a certificate is valid. */
export interface Life {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The moment of a life at which what lives is renewed, or followed by another. */
export function renewalAt({ notBefore, notAfter }: Life): Date {
  const lengthMs = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + (2 * lengthMs) / 3);
}

/** Whether a certificate is valid at `now`. */
export function isValid({ notBefore, notAfter }: Life, now: Date): boolean {
  return notBefore <= now && now < notAfter;
}

/**
 * A life that begins a little before `now` and lasts `lengthMs` from it, or until `end` if that is sooner;
 * in whole seconds, as certificates have it.
 */
export function lifeFrom(now: Date, lengthMs: number, end = new Date(Infinity)): Life {
  const wanted = now.getTime() + lengthMs;
  return {
    notBefore: wholeSeconds(now.getTime() - BACKDATED_MS),
    notAfter: wholeSeconds(end.getTime() < wanted ? end.getTime() : wanted),
  };
}

function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1_000) * 1_000);
}
