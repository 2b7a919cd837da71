import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inflateBody } from './inflate-body.ts';
import type { DestroyableBody } from './upstream-body.ts';

const text = 'data: {"choices":[{"delta":{"content":"Grüße 🙂"}}]}\n\n'.repeat(20);

function toBody(pieces: readonly Uint8Array[]): DestroyableBody & { readonly left: boolean } {
  let left = false;
  return {
    get left() {
      return left;
    },
    destroy: () => {
      left = true;
    },
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
  };
}

async function read(body: DestroyableBody): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

const bytes = (body: Uint8Array) => Array.from(body, (byte) => Uint8Array.of(byte));

describe('a compressed body', () => {
  test.each([
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['deflate, gzip', gzipSync(deflateRawSync(text))],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
    ['none', Buffer.from(text)],
    ['UTF-8', Buffer.from(text)],
    ['gzip, utf-8', gzipSync(text)],
    ['', Buffer.from(text)],
    [undefined, Buffer.from(text)],
  ])('with %j is read, whole and byte by byte', async (encoding, body) => {
    expect(await read(inflateBody(toBody([body]), encoding, 'up'))).toBe(text);
    expect(await read(inflateBody(toBody(bytes(body)), encoding, 'up'))).toBe(text);
  });

  test('gives what there was of one that breaks off', async () => {
    const body = gzipSync(text);
    const said = await read(inflateBody(toBody([body.subarray(0, body.length - 9)]), 'gzip', 'up'));
    expect(text.startsWith(said) && said.length > 50).toBe(true);
  });

  test('of an unknown kind is an error that names it, and is left', () => {
    const body = toBody([]);
    expect(() => inflateBody(body, 'lz4', 'up')).toThrow(
      expect.objectContaining({ code: 'upstream_error', message: expect.stringContaining('"lz4"') }),
    );
    expect(body.left).toBe(true);
  });

  test('that is none is an error, and is left', async () => {
    const body = toBody([Buffer.from(text)]);
    await expect(read(inflateBody(body, 'gzip', 'up'))).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
    expect(body.left).toBe(true);
  });
});
