/** Numbers from 0 (included) to 1 (excluded) that depend on `seed` alone, so that a failure can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    // The multiplier and increment of Numerical Recipes' quick generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A seed that differs from run to run, unless `HOLDFAST_TEST_SEED` names one. */
export function chooseSeed(): number {
  const given = process.env['HOLDFAST_TEST_SEED'];
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
}
