import { z } from 'zod';

/** An IANA zone such as `Europe/Berlin`, in which days begin and end. */
export const TimeZone = z.string().refine(isTimeZone, {
  error: ({ input }) => `${String(input)} is no IANA time zone`,
  // What looks at a whole schedule or policy relies on it.
  abort: true,
});

function isTimeZone(name: string): boolean {
  // An offset has no summer time, and EventBridge Scheduler takes none.
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format();
    return true;
  } catch {
    return false;
  }
}
