import { pipeline, Readable, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
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

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(zlibOptions),
  'x-gzip': () => createGunzip(zlibOptions),
  deflate: () => createInflate(zlibOptions),
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
    .filter((name) => name !== '' && name !== 'identity')
    .reduceRight<DestroyableBody>((inner, name) => inflateOnce(inner, name, host), body);
}

function inflateOnce(body: DestroyableBody, encoding: string, host: string): DestroyableBody {
  const create = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (create === undefined) {
    body.destroy();
    const message = `The model provider at ${host} compressed its answer in a way that is not known: "${encoding}".`;
    throw new CaluteError('upstream_error', message);
  }
  const decoder = create();
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
