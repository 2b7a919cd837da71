import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BlobName, createBlobName, type FileStore } from './file-store.ts';

/** What every file store does. `open` gives one on a place that is empty and that only this call knows. */
export function describeFileStore(open: () => Promise<FileStore>): void {
  const never = new AbortController().signal;

  async function openStore() {
    const store = await open();
    onTestFinished(() => store.close());
    const put = async (bytes: Buffer, name = createBlobName()): Promise<BlobName> => {
      expect(await store.write(name, Readable.from([bytes]), never)).toBe(bytes.length);
      return name;
    };
    const get = async (name: BlobName, start: number, end: number) =>
      buffer(await store.read(name, { start, end }));
    return { store, put, get };
  }

  describe('what was written', () => {
    test('is read as it was, whole or any range of it', async () => {
      const { put, get } = await openStore();
      const bytes = randomBytes(700_000);
      const name = await put(bytes);
      expect((await get(name, 0, bytes.length)).equals(bytes)).toBe(true);
      const bound = fc.nat({ max: bytes.length });
      await fc.assert(
        fc.asyncProperty(bound, bound, async (one, other) => {
          const [start, end] = [Math.min(one, other), Math.max(one, other)];
          expect((await get(name, start, end)).equals(bytes.subarray(start, end))).toBe(true);
        }),
        { numRuns: 25 },
      );
    });

    test('may come in pieces of any size, and be larger than what is held at once', async () => {
      const { store, get } = await openStore();
      const pieces = [1, 65_536, 3, 9_000_000, 70_000, 9_000_000].map((size) => randomBytes(size));
      const whole = Buffer.concat(pieces);
      const name = createBlobName();
      expect(await store.write(name, Readable.from(pieces), never)).toBe(whole.length);
      expect(digest(await get(name, 0, whole.length))).toBe(digest(whole));
      expect((await get(name, 8_999_990, 9_100_000)).equals(whole.subarray(8_999_990, 9_100_000))).toBe(true);
    });

    test('may be nothing', async () => {
      const { put, get } = await openStore();
      expect(await get(await put(Buffer.alloc(0)), 0, 0)).toHaveLength(0);
    });
  });

  describe('nothing can be read', () => {
    test('of a name that was never written', async () => {
      const { store } = await openStore();
      await expect(store.read(createBlobName(), { start: 0, end: 1 })).rejects.toMatchObject({
        code: 'file_lost',
      });
    });

    test.each([0, 10, 12_000_000])(
      'of a source that fails after %i bytes, whose error comes out',
      async (size) => {
        const { store } = await openStore();
        const name = createBlobName();
        const error = new Error('the source is cut');
        await expect(store.write(name, failingAfter(size, error), never)).rejects.toBe(error);
        await expect(store.read(name, { start: 0, end: 1 })).rejects.toMatchObject({ code: 'file_lost' });
      },
    );

    test.each([10, 12_000_000])('of a write that is aborted after %i bytes', async (size) => {
      const { store } = await openStore();
      const name = createBlobName();
      const controller = new AbortController();
      const reason = new Error('the client has left');
      const source = hangingAfter(size, () => controller.abort(reason));
      await expect(store.write(name, source, controller.signal)).rejects.toBe(reason);
      await expect(store.read(name, { start: 0, end: 1 })).rejects.toMatchObject({ code: 'file_lost' });
      expect(source.destroyed).toBe(true);
    });

    test('of a write that was aborted before it began', async () => {
      const { store } = await openStore();
      const name = createBlobName();
      const reason = new Error('too late');
      const write = store.write(name, Readable.from([Buffer.from('x')]), AbortSignal.abort(reason));
      await expect(write).rejects.toBe(reason);
      await expect(store.read(name, { start: 0, end: 1 })).rejects.toMatchObject({ code: 'file_lost' });
    });

    test('once it is removed, and removing again is fine', async () => {
      const { store, put } = await openStore();
      const [one, other] = [await put(Buffer.from('one')), await put(Buffer.from('other'))];
      await store.remove([one, createBlobName()]);
      await store.remove([one]);
      await expect(store.read(one, { start: 0, end: 1 })).rejects.toMatchObject({ code: 'file_lost' });
      expect(String(await buffer(await store.read(other, { start: 0, end: 5 })))).toBe('other');
    });
  });

  test('a read goes on to its end when the blob is removed meanwhile, or fails; it is never cut in silence', async () => {
    const { store, put } = await openStore();
    const bytes = randomBytes(5_000_000);
    const name = await put(bytes);
    const reading = await store.read(name, { start: 0, end: bytes.length });
    await store.remove([name]);
    const outcome = await buffer(reading).catch(() => undefined);
    expect(outcome === undefined || outcome.equals(bytes)).toBe(true);
  });

  test('a store knows itself again', async () => {
    const { store } = await openStore();
    expect(await store.identify()).toBe(await store.identify());
    expect(store.place).not.toBe('');
  });
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function failingAfter(size: number, error: Error): Readable {
  return Readable.from(
    (async function* () {
      if (size > 0) yield randomBytes(size);
      throw error;
    })(),
  );
}

/** Says when its bytes are taken, and then nothing more. */
function hangingAfter(size: number, onTaken: () => void): Readable {
  let sent = 0;
  return new Readable({
    read() {
      if (sent >= size) return void setImmediate(onTaken);
      sent += 1_000_000;
      this.push(randomBytes(Math.min(size, 1_000_000)));
    },
  });
}
