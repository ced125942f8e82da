import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startDigestThread } from '../../../../lib/core/adapters/system/digest-thread.ts';
import { digested, DIGESTS_IN_TURN } from '../../../../lib/core/tar/stream-digest.ts';

const sha256 = (...pieces: readonly Uint8Array[]): string =>
  createHash('sha256').update(Buffer.concat(pieces)).digest('hex');

/** The same bytes in memory that threads share. */
function shared(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}

describe('startDigestThread', () => {
  test('hashes what was added, in order, whatever memory it lies in', async () => {
    await using digests = startDigestThread();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.uint8Array({ maxLength: 5_000 }), fc.boolean())),
        async (pieces) => {
          const digest = digests.begin();
          await Promise.all(
            pieces.map(async ([bytes, isShared]) => digest.add(isShared ? shared(bytes) : bytes)),
          );
          const plain = pieces.map(([bytes]) => bytes);
          expect(digest.bytes()).toBe(Buffer.concat(plain).byteLength);
          expect(await digest.sha256()).toBe(sha256(...plain));
        },
      ),
    );
  });

  test('keeps digests apart that run at the same time', async () => {
    await using digests = startDigestThread();
    const [first, second] = [digests.begin(), digests.begin()];
    const [a, b, c] = [randomBytes(100), randomBytes(100), randomBytes(100)];
    await Promise.all([first.add(a), second.add(b), first.add(c)]);
    expect(await Promise.all([first.sha256(), second.sha256()])).toEqual([sha256(a, c), sha256(b)]);
  });

  test('copies a view without what lies around it, and leaves its memory alone', async () => {
    await using digests = startDigestThread();
    const around = randomBytes(1_000);
    const before = Buffer.from(around);
    const view = around.subarray(10, 20);
    const digest = digests.begin();
    const adding = digest.add(view);
    // It is a copy already.
    view.fill(0);
    await adding;
    expect(around.byteLength).toBe(before.byteLength);
    expect(await digest.sha256()).toBe(sha256(before.subarray(10, 20)));
  });

  test('goes on with another thread when one has died', async () => {
    await using digests = startDigestThread();
    const dying = digests.begin();
    // What cannot be hashed ends the thread, as a lack of memory would.
    const notBytes = { buffer: new SharedArrayBuffer(1), byteLength: 1 } as unknown as Uint8Array;
    await expect(dying.add(notBytes)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    const digest = digests.begin();
    const bytes = randomBytes(1_000);
    await digest.add(bytes);
    expect(await digest.sha256()).toBe(sha256(bytes));
  });

  test('fails what is under way, and all that comes, once it has ended', async () => {
    const digests = startDigestThread();
    const digest = digests.begin();
    const adding = digest.add(randomBytes(100_000_000));
    await Promise.all([
      expect(adding).rejects.toMatchObject({ code: 'INTERNAL' }),
      digests[Symbol.asyncDispose](),
    ]);
    await expect(digest.sha256()).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('digested', () => {
  test('fails where it is read when the thread ends meanwhile, and nowhere else', async () => {
    const digests = startDigestThread();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const two = async function* (): AsyncGenerator<Uint8Array> {
      yield randomBytes(50_000_000);
      yield randomBytes(1);
    };
    const chunks = digested(two(), digests.begin());
    await chunks.next();
    await digests[Symbol.asyncDispose]();
    await setTimeout(50);
    await expect(chunks.next()).rejects.toMatchObject({ code: 'INTERNAL' });
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('DIGESTS_IN_TURN', () => {
  test('gives what a thread gives', async () => {
    const digest = DIGESTS_IN_TURN.begin();
    const [a, b] = [randomBytes(100), randomBytes(1)];
    await digest.add(a);
    await digest.add(b);
    expect(digest.bytes()).toBe(101);
    expect(await digest.sha256()).toBe(sha256(a, b));
  });
});
