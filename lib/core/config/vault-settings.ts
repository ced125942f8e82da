import { z } from 'zod';

const Days = z.int().positive();

/** A lifecycle rule that is switched on; what it does not do is absent. */
const LifecycleRule = z.strictObject({
  id: z.string(),
  /** @default - objects of every name */
  prefix: z.string().optional(),
  /** `key=value`. @default - tagged or not */
  tag: z.string().optional(),
  largerThanBytes: z.int().optional(),
  /** Current versions are hidden at this age. */
  expireDays: Days.optional(),
  /** Hidden versions are removed so long after they were hidden. */
  removeHiddenDays: Days.optional(),
  /** Delete markers go beneath which nothing lies. */
  removesMarkers: z.literal(true).optional(),
  abortUploadsDays: Days.optional(),
  /** `<days> <storage class>`, such as `90 GLACIER_IR`. */
  moves: z.array(z.string()).optional(),
});
/** One of a bucket's lifecycle rules. */
export type LifecycleRule = z.output<typeof LifecycleRule>;

/**
 * Settings of an archive's bucket by which objects stay, and stay readable: as deployed, and as they are found. The
 * deployment and the probe of the estate share the shape.
 */
export const VaultSettings = z.strictObject({
  versioned: z.boolean(),
  /** The lock that every new object gets; `null` when none does. */
  lock: z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: Days }).nullable(),
  /** The key that objects are encrypted under unless they say otherwise. */
  keyArn: z.string(),
  /** Whether all four ways to make the bucket public are shut. */
  blocksPublicAccess: z.boolean(),
  /** Whether the bucket's owner owns every object, and no list of rights does. */
  ownsObjects: z.boolean(),
  lifecycle: z.array(LifecycleRule),
  /** `Sid` of each statement of the policy that denies everybody something. */
  denials: z.array(z.string()),
  /** Statements of the policy that allow somebody something. */
  allowances: z.int().min(0).default(0),
});
/** See {@link VaultSettings}. */
export type VaultSettings = z.output<typeof VaultSettings>;
