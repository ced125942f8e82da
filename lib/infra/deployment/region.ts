import { z } from 'zod';

/** A region of AWS. */
export const Region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no region such as eu-central-1');
