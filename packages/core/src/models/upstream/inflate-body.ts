import { pipeline, Readable, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { CaluteError } from '../../errors.ts';
import type { DestroyableBody } from './upstream-body.ts';

/** What has come is given at once, and a body that breaks off gives what there was of it. */
const zlibOptions = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const brotliOptions = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};
const zstdOptions = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush };

/** No compression: what some servers write there besides `identity`. */
const plain: ReadonlySet<string> = new Set(['identity', 'none', 'utf-8', 'utf8', 'binary', '8bit']);

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(zlibOptions),
  'x-gzip': () => createGunzip(zlibOptions),
  br: () => createBrotliDecompress(brotliOptions),
  zstd: () => createZstdDecompress(zstdOptions),
};

/**
 * The body without its `content-encoding`: some servers compress though `identity` was asked for. Throws `upstream_error`
 * for an encoding that is not known.
 */
export function inflateBody(
  body: DestroyableBody,
  encoding: string | undefined,
  host: string,
): DestroyableBody {
  const names = (encoding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return names
    .filter((name) => name !== '' && !plain.has(name))
    .reduceRight<DestroyableBody>((inner, name) => inflateOnce(inner, name, host), body);
}

function inflateOnce(body: DestroyableBody, encoding: string, host: string): DestroyableBody {
  if (encoding === 'deflate') return inflateDeflate(body);
  const create = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (create !== undefined) return decode(body, create());
  body.destroy();
  const message = `The model provider at ${host} compressed its answer in a way that is not known: "${encoding}".`;
  throw new CaluteError('upstream_error', message);
}

/** RFC 9110 wants zlib's header before it, which some servers leave out; its first byte tells, as browsers have it. */
function inflateDeflate(body: DestroyableBody): DestroyableBody {
  let inflated: DestroyableBody | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]();
      const first = await chunks.next();
      if (first.done === true) return;
      const isZlib = (Number(first.value[0]) & 0x0f) === 8;
      const decoder = isZlib ? createInflate(zlibOptions) : createInflateRaw(zlibOptions);
      inflated = decode(putBack(first.value, chunks, body), decoder);
      yield* inflated;
    },
    destroy(error) {
      body.destroy(error);
      inflated?.destroy(error);
    },
  };
}

function putBack(first: Uint8Array, rest: AsyncIterator<Uint8Array>, body: DestroyableBody): DestroyableBody {
  return {
    async *[Symbol.asyncIterator]() {
      yield first;
      yield* { [Symbol.asyncIterator]: () => rest };
    },
    destroy: (error) => body.destroy(error),
  };
}

function decode(body: DestroyableBody, decoder: Transform): DestroyableBody {
  // Its failures reach whoever reads the decoder.
  pipeline(Readable.from(body), decoder, () => body.destroy());
  return {
    [Symbol.asyncIterator]: () => decoder[Symbol.asyncIterator](),
    destroy(error) {
      body.destroy(error);
      decoder.destroy(error);
    },
  };
}
