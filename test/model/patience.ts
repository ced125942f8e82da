/** Waits that only a hanging history exceeds, on a machine that has much else to do. */
export const LONG_MS = 120_000;
