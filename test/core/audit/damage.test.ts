import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { complaints, type StoreFile, storeFiles, whileDamaged } from './damage.ts';
import { makeSampleStore, type SampleStore } from './sample-store.ts';

/** Bits tried in each file: others in every run, and fast-check names the seed when one is missed. */
const BITS_PER_FILE = 3;
const TIMEOUT_MS = 120_000;

let sample: SampleStore;
let files: readonly StoreFile[];

beforeAll(async () => {
  sample = await makeSampleStore(await mkdtemp(join(tmpdir(), 'holdfast-')));
  files = await storeFiles(sample.folder);
});

afterAll(async () => {
  await rm(sample.folder, { recursive: true, force: true });
});

/** An error of its own code that names the object. */
function naming(key: string): unknown {
  return expect.stringMatching(new RegExp(`^(?!INTERNAL)[A-Z]+-[A-Z]+ .*${key}`, 'm'));
}

describe('a deep verification', () => {
  test('looks at a store with one of everything', async () => {
    const { keys } = sample.lineage;
    const kinds = files.map(({ key }) => key.slice(keys.prefix.length).replace(/\/.*/, ''));
    expect(new Set(kinds)).toEqual(
      new Set(['base', 'identity.json', 'lease', 'wal', 'wal-index', 'writer']),
    );
    expect(files.filter(({ isSidecar }) => isSidecar)).toHaveLength(19);
    expect(await complaints(sample)).toBe('');
  });

  test('finds a flipped bit in any object and any sidecar', { timeout: TIMEOUT_MS }, async () => {
    for (const { path, key } of files) {
      const whole = await readFile(path);
      const bits = fc.integer({ min: 0, max: whole.byteLength * 8 - 1 });
      await fc.assert(
        fc.asyncProperty(bits, async (bit) => {
          const damaged = Buffer.from(whole);
          damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          await whileDamaged(new Map([[path, damaged]]), async () => {
            expect(await complaints(sample), `${path}, bit ${bit}`).toEqual(naming(key));
          });
        }),
        { numRuns: BITS_PER_FILE },
      );
    }
  });

  test('finds any object or sidecar that was cut', { timeout: TIMEOUT_MS }, async () => {
    for (const { path, key } of files) {
      const whole = await readFile(path);
      for (const bytes of new Set([0, whole.byteLength >> 1, whole.byteLength - 2])) {
        await whileDamaged(new Map([[path, whole.subarray(0, bytes)]]), async () => {
          expect(await complaints(sample), `${path}, ${bytes} bytes`).toEqual(naming(key));
        });
      }
    }
  });

  test('finds that an object lost its hashes', { timeout: TIMEOUT_MS }, async () => {
    for (const { path, key } of files.filter(({ isSidecar }) => isSidecar)) {
      await whileDamaged(new Map([[path, undefined]]), async () => {
        expect(await complaints(sample), `${path}, gone`).toEqual(naming(key));
      });
    }
  });

  test(
    'finds two objects of a kind, or neighbours, that lie under each other’s key',
    { timeout: TIMEOUT_MS },
    async () => {
      const keys = [...new Set(files.map(({ key }) => key))];
      const kindOf = (key: string): string => key.split('/')[2] ?? '';
      const pairs = keys.flatMap((a, i) =>
        keys
          .slice(i + 1)
          .filter((b, j) => j === 0 || kindOf(a) === kindOf(b))
          .map((b) => [a, b] as const),
      );
      for (const [a, b] of pairs) {
        await whileDamaged(await swapped(a, b), async () => {
          const found = await complaints(sample);
          expect(found, `${a} and ${b}`).toEqual(naming(`(${a}|${b})`));
        });
      }
    },
  );
});

/** What the files of two objects hold when each has the other's bytes and hashes. */
async function swapped(a: string, b: string): Promise<ReadonlyMap<string, Buffer | undefined>> {
  const damage = new Map<string, Buffer | undefined>();
  for (const [to, from] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const isSidecar of [false, true]) {
      const place = fileOf(to, isSidecar)?.path ?? join(sample.folder, `${to}.meta`);
      const source = fileOf(from, isSidecar);
      damage.set(place, source && (await readFile(source.path)));
    }
  }
  return damage;
}

function fileOf(key: string, isSidecar: boolean): StoreFile | undefined {
  return files.find((file) => file.key === key && file.isSidecar === isSidecar);
}
