import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import { parseStoreUrl } from '../../lib/core/adapters/store/store-url.ts';

/** A store, past the port that lets nobody delete or change an object. */
interface Victim {
  readonly url: string;
}

interface S3Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** Takes an object away for good, as no program of ours could. */
export async function removeObject({ url }: Victim, key: string): Promise<void> {
  const place = placeOf(url, key);
  if (typeof place === 'string') for (const file of await filesOf(place)) await rm(file);
  else await createS3Client().send(new DeleteObjectCommand(place));
}

/** Takes an object away; gives what puts it back. */
export async function hideObject({ url }: Victim, key: string): Promise<() => Promise<void>> {
  const place = placeOf(url, key);
  if (typeof place !== 'string') {
    const object = await readInS3(place);
    await createS3Client().send(new DeleteObjectCommand(place));
    return async () => writeInS3(object);
  }
  const files = await filesOf(place);
  for (const file of files) await rename(file, hiddenName(file));
  return async () => {
    for (const file of files) await rename(hiddenName(file), file);
  };
}

/** Flips one bit in the middle of an object's stored bytes; gives what mends it. */
export async function flipBit({ url }: Victim, key: string): Promise<() => Promise<void>> {
  const place = placeOf(url, key);
  if (typeof place === 'string') {
    const bytes = await readFile(place);
    await writeFile(place, flipped(bytes));
    return async () => writeFile(place, bytes);
  }
  const object = await readInS3(place);
  await writeInS3({ ...object, Body: flipped(object.Body) });
  return async () => writeInS3(object);
}

/** Cuts an object's stored bytes in half; what its writer said of it stays. */
export async function truncateObject({ url }: Victim, key: string): Promise<void> {
  const place = placeOf(url, key);
  if (typeof place === 'string') {
    const bytes = await readFile(place);
    await writeFile(place, bytes.subarray(0, bytes.byteLength >> 1));
    return;
  }
  const object = await readInS3(place);
  await writeInS3({ ...object, Body: object.Body.subarray(0, object.Body.byteLength >> 1) });
}

/** Puts each of two objects, with all that was said of it, under the key of the other. */
export async function swapObjects({ url }: Victim, one: string, other: string): Promise<void> {
  const [place, place2] = [placeOf(url, one), placeOf(url, other)];
  if (typeof place === 'string' && typeof place2 === 'string') {
    for (const file of await filesOf(place)) {
      const counterpart = file.replace(place, place2);
      const [bytes, bytes2] = [await readFile(file), await readFile(counterpart)];
      await writeFile(file, bytes2);
      await writeFile(counterpart, bytes);
    }
    return;
  }
  if (typeof place === 'string' || typeof place2 === 'string') throw new Error('of two stores');
  const [object, object2] = [await readInS3(place), await readInS3(place2)];
  await writeInS3({ ...object2, ...place });
  await writeInS3({ ...object, ...place2 });
}

/** The path of a folder's object, or what names one to S3. */
function placeOf(url: string, key: string): string | S3Place {
  const location = parseStoreUrl(url);
  if (location.kind === 'folder') return join(location.path, key);
  return { Bucket: location.bucket, Key: `${location.prefix}${key}` };
}

/** The object and what the folder keeps beside it; a streamed one has nothing there. */
async function filesOf(path: string): Promise<readonly string[]> {
  const own = new Set([basename(path), `${basename(path)}.meta`]);
  const names = await readdir(dirname(path));
  return names.filter((name) => own.has(name)).map((name) => join(dirname(path), name));
}

/** A folder store takes no notice of names that start with a dot. */
function hiddenName(file: string): string {
  return join(dirname(file), `.hidden-${basename(file)}`);
}

/** An object and what its writer said of it, to be put again. */
async function readInS3(place: S3Place): Promise<PutObjectCommandInput & { Body: Uint8Array }> {
  const { Body, Metadata } = await createS3Client().send(new GetObjectCommand(place));
  if (Body === undefined) throw new Error(`${place.Key} has no body`);
  return { ...place, Metadata, Body: await Body.transformToByteArray() };
}

async function writeInS3(object: PutObjectCommandInput): Promise<void> {
  await createS3Client().send(new PutObjectCommand(object));
}

function flipped(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.byteLength >> 1;
  copy.writeUInt8(copy.readUInt8(middle) ^ 0x10, middle);
  return copy;
}
