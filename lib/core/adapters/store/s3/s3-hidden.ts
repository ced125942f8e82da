import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { CallOptions, HiddenObject, HiddenOptions } from '../../../ports/object-store.ts';
import type { S3Place } from './s3-target.ts';
import { toHead } from './s3-stat.ts';

/** When the newest version of each key is a delete marker: when that was put. */
type Markers = Map<string, Date>;

/**
 * What delete markers hide below `prefix`, which is relative to the store: of each key the newest
 * version under them. A key that has nothing but a marker left is gone for good, so not hidden.
 *
 * Versions come in the order of their keys, the newest of each first, a marker above what it hides:
 * nothing has to be remembered from one page to the next but the marker at its end.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export async function* listHidden(
  client: S3Client,
  place: S3Place,
  prefix: string,
  { after, onLooked, signal }: HiddenOptions,
): AsyncGenerator<HiddenObject> {
  let markers: Markers = new Map();
  let looked = after;
  for await (const page of versionPages(client, place, prefix, { after, signal })) {
    for (const { Key, IsLatest, LastModified = new Date(0) } of page.DeleteMarkers ?? []) {
      if (Key !== undefined && IsLatest === true) markers.set(Key, LastModified);
    }
    for (const row of page.Versions ?? []) {
      const { Key, VersionId: version } = row;
      const hiddenAt = Key === undefined ? undefined : markers.get(Key);
      if (Key === undefined || hiddenAt === undefined || version === undefined) continue;
      markers.delete(Key);
      const key = Key.slice(place.prefix.length);
      if (after === undefined || key > after) yield { ...toHead(key, row), version, hiddenAt };
    }
    markers = goingOn(markers, page.NextKeyMarker);
    looked = lastDone(page, markers)?.slice(place.prefix.length) ?? looked;
    onLooked?.(looked);
  }
}

/** The marker whose versions may come with the next page. */
function goingOn(markers: Markers, lastKey: string | undefined): Markers {
  const hiddenAt = lastKey === undefined ? undefined : markers.get(lastKey);
  return new Map(lastKey === undefined || hiddenAt === undefined ? [] : [[lastKey, hiddenAt]]);
}

/** The last key of a page whose newest version is known: not one whose marker waits for the next page. */
function lastDone(
  { DeleteMarkers = [], Versions = [] }: ListObjectVersionsCommandOutput,
  waiting: Markers,
): string | undefined {
  const keys = [...DeleteMarkers, ...Versions].flatMap(({ Key }) => Key ?? []);
  return keys
    .filter((key) => !waiting.has(key))
    .toSorted()
    .at(-1);
}

async function* versionPages(
  client: S3Client,
  place: S3Place,
  prefix: string,
  { after, signal }: CallOptions & { readonly after?: string | undefined },
): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let KeyMarker = after === undefined ? undefined : `${place.prefix}${after}`;
  let VersionIdMarker: string | undefined;
  for (;;) {
    const request = new ListObjectVersionsCommand({
      Bucket: place.bucket,
      Prefix: `${place.prefix}${prefix}`,
      KeyMarker,
      VersionIdMarker,
    });
    const page: ListObjectVersionsCommandOutput = await client.send(request, {
      abortSignal: signal,
    });
    yield page;
    if (page.IsTruncated !== true) return;
    KeyMarker = page.NextKeyMarker;
    VersionIdMarker = page.NextVersionIdMarker;
  }
}
