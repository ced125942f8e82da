import type { LineageKeys } from '../contract/key-layout.ts';

/** What Holdfast stores below a lineage, besides the archive and backups. */
const PLACES: readonly RegExp[] = [
  /^identity\.json$/,
  /^writer\/\d{8}\.json$/,
  /^lease\/[a-z-]+\.json$/,
  /^gap\/[0-9A-F]{24}-[a-z]+((-anchor)?\.json|\/[^/.]+\.[^/]+)$/,
  /^run\/[a-z-]+\/\d{8}T\d{6}Z(-(task|outcome)-[12])?\.json$/,
  /^hold\/[\w-]+\.json$/,
  /^retention\/(plan|applied|undone)\/[\w-]+\.json$/,
  /^audit\/\d{8}T\d{6}Z(-hash)?\.json$/,
  /^drill\/[\w-]+\.json$/,
  /^tail\/[0-9A-F]{8}\/[0-9A-F]{24}\/[\w-]+\.zst$/,
];

/** Whether `key`, of neither archive nor backup, is one that Holdfast stores something under. */
export function isOfHoldfast({ prefix }: LineageKeys, key: string): boolean {
  const place = key.slice(prefix.length);
  return PLACES.some((shape) => shape.test(place));
}
