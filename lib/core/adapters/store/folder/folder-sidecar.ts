import { z } from 'zod';
import { OpsError } from '../../../errors/ops-error.ts';
import type { ObjectMetadata } from '../../../ports/object-store.ts';
import { sha256 } from '../../../store/sha256.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** `<key>.meta`. */
const Sidecar = z.object({
  /** Where the object was stored first. */
  key: z.string(),
  /** Length of the stored bytes. */
  bytes: z.int().nonnegative(),
  plainSha256: Sha256,
  storedSha256: Sha256,
  epoch: z.int().nonnegative(),
  /** SHA-256 of the other fields, so that damage to this file is found too. */
  check: Sha256,
});

/** What a folder records of an object beside its bytes. */
export type Sidecar = Omit<z.output<typeof Sidecar>, 'check'>;

/** Tags of an object, by name. */
export type Tags = Readonly<Record<string, string>>;

/** Not zod's record, which loses a tag that is named `__proto__`. */
const Tags = z.custom<Tags>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((tag) => typeof tag === 'string'),
);

/** `<key>.tags`. */
const TagsFile = z.object({
  /** Of the object that was tagged. */
  etag: z.string(),
  tags: Tags,
});

/** What a folder records of an object's tags. */
export type TagsFile = z.output<typeof TagsFile>;

/** Serializes a sidecar with its check. */
export function encodeSidecar(sidecar: Sidecar): Uint8Array {
  return Buffer.from(`${JSON.stringify({ ...sidecar, check: checkOf(sidecar) })}\n`);
}

/** @throws {@link OpsError} `STORE-CORRUPT` when the bytes are not what was written. */
export function decodeSidecar(bytes: Uint8Array, path: string): Sidecar {
  const parsed = Sidecar.safeParse(parseJson(bytes, path));
  if (!parsed.success) throw damaged(path, parsed.error);
  const { check, ...sidecar } = parsed.data;
  if (check !== checkOf(sidecar)) throw damaged(path);
  return sidecar;
}

/** The metadata in a sidecar, provided it belongs to an object of `bytes` bytes. */
export function sidecarMetadata(sidecar: Sidecar, bytes: number, path: string): ObjectMetadata {
  const { plainSha256, storedSha256, epoch } = sidecar;
  if (sidecar.bytes === bytes) return { plainSha256, storedSha256, epoch };
  throw new OpsError(
    'STORE-CORRUPT',
    `${path} is of ${sidecar.bytes} bytes, its object has ${bytes}`,
    {
      hint: 'the object was cut or damaged after it was stored: run "holdfast verify --deep"',
      details: { path, bytes, expectedBytes: sidecar.bytes },
    },
  );
}

/** Serializes an object's tags. */
export function encodeTags(file: TagsFile): Uint8Array {
  return Buffer.from(`${JSON.stringify(file)}\n`);
}

/** @throws {@link OpsError} `STORE-CORRUPT` when the bytes are no tags. */
export function decodeTags(bytes: Uint8Array, path: string): TagsFile {
  const parsed = TagsFile.safeParse(parseJson(bytes, path));
  if (!parsed.success) throw damaged(path, parsed.error);
  return parsed.data;
}

function checkOf({ key, bytes, plainSha256, storedSha256, epoch }: Sidecar): string {
  return sha256(Buffer.from(JSON.stringify([key, bytes, plainSha256, storedSha256, epoch])));
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause?: unknown): OpsError {
  return new OpsError('STORE-CORRUPT', `${path} is damaged`, {
    cause,
    hint: 'run "holdfast verify --deep" to see what else is, then bring the file back from a copy',
    details: { path },
  });
}
