import { z } from 'zod';
import { STORE_FORMAT } from '../contract/key-layout.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { getSealed, putSealed, type SealOptions } from './sealed-object.ts';

/** Serializes a record, `format` first, so that even `head -c` shows what it is. */
export function encodeRecord<S extends z.ZodObject>(schema: S, record: z.output<S>): Uint8Array {
  const fields = z.encode(schema, record);
  return Buffer.from(`${JSON.stringify({ format: STORE_FORMAT, ...fields }, undefined, 1)}\n`);
}

/**
 * Parses a record of the store.
 *
 * @throws {@link OpsError} `STORE-FORMAT` when a newer Holdfast wrote it; `STORE-CORRUPT` when it is
 *   not what `schema` says.
 */
export function decodeRecord<S extends z.ZodType>(
  schema: S,
  bytes: Uint8Array,
  object: string,
): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw malformed(object, 'is not JSON', cause);
  }
  const format =
    typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof format === 'number' && format > STORE_FORMAT) {
    throw new OpsError(
      'STORE-FORMAT',
      `${object} has format ${format}, this Holdfast reads up to ${STORE_FORMAT}`,
      { hint: 'use the newer Holdfast that wrote it', details: { object, format } },
    );
  }
  if (format !== STORE_FORMAT) throw malformed(object, 'has no valid format number');
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw malformed(object, `is malformed: ${parsed.error.message}`);
  return parsed.data;
}

/** Stores a write-once record; returns and throws as {@link ObjectStore.putIfAbsent}. */
export async function putRecord<S extends z.ZodObject>(
  store: ObjectStore,
  key: string,
  schema: S,
  record: z.output<S>,
  options: SealOptions,
): Promise<'created' | 'identical'> {
  return putSealed(store, key, encodeRecord(schema, record), options);
}

/**
 * Reads a record and proves it against its hash.
 *
 * @throws {@link OpsError} `STORE-ABSENT`, `STORE-CORRUPT`, `STORE-FORMAT`.
 */
export async function getRecord<S extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: S,
  options: CallOptions = {},
): Promise<z.output<S>> {
  const { plain } = await getSealed(store, key, options);
  return decodeRecord(schema, plain, key);
}

function malformed(object: string, what: string, cause?: unknown): OpsError {
  return new OpsError('STORE-CORRUPT', `${object} ${what}`, {
    cause,
    hint: 'the record was damaged or written by something else: run "holdfast verify --deep"',
    details: { object },
  });
}
