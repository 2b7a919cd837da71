import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { CaluteError } from '@calute/core/errors';

type Inflate = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const inflates: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['identity', async (body) => body],
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
]);

export interface BodyEncoding {
  /** The Content-Encoding header. */
  readonly encoding: string;
  /** Of the result: inflating stops there. */
  readonly maxBodyBytes: number;
}

/** A body as it was before it was encoded. Throws CaluteError `unsupported_media_type`, `invalid_encoding`, `request_too_large`. */
export async function inflateBody(body: Buffer, { encoding, maxBodyBytes }: BodyEncoding): Promise<Buffer> {
  const inflateBytes = inflates.get(encoding.toLowerCase());
  if (inflateBytes === undefined) {
    const message = 'Unknown Content-Encoding; use gzip, deflate, br or none.';
    throw new CaluteError('unsupported_media_type', message);
  }
  try {
    return await inflateBytes(body, { maxOutputLength: maxBodyBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw bodyTooLarge(maxBodyBytes);
    const message = 'The request body does not match its Content-Encoding.';
    throw new CaluteError('invalid_encoding', message, { cause });
  }
}

export function bodyTooLarge(maxBodyBytes: number): CaluteError {
  return new CaluteError('request_too_large', `The request body is larger than ${maxBodyBytes} bytes.`);
}
