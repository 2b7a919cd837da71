import { Readable, Transform } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BlobName, ByteRange, FileStore } from './file-store.ts';
import { toS3Fault } from './file-store-fault.ts';

export interface S3Settings {
  readonly bucket: string;
  /** What the names of all objects start with. */
  readonly prefix: string;
  readonly region: string;
  /** Of a server other than AWS's own; such servers are asked by path (`/bucket/key`). */
  readonly endpoint?: string | undefined;
  /** @defaultValue where the AWS SDK looks for them: environment, profile, role of the machine */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** The least that S3 takes: two parts of an upload are in memory at once. 10,000 parts make 48 GiB. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 2;
const connectMs = 5000;
const silenceMs = 60_000;

/** Keeps each blob as an object of a bucket. */
export function createS3FileStore(settings: S3Settings): FileStore {
  const { bucket, prefix } = settings;
  const client = createClient(settings);
  const objectOf = (name: BlobName) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  return {
    place: `s3://${bucket}/${prefix}`,
    async identify() {
      // Shows at the start that the bucket is there and may be written to.
      const probe = { Bucket: bucket, Key: `${prefix}store-id`, Body: 'calute' };
      await orS3Fault(client.send(new PutObjectCommand(probe)));
      return `s3://${bucket}/${prefix}`;
    },
    async write(name, source, signal) {
      try {
        return await upload(client, { object: objectOf(name), source, signal });
      } catch (error) {
        signal.throwIfAborted();
        throw source.errored ?? toS3Fault(error);
      }
    },
    async read(name, range, signal) {
      if (range.end <= range.start) return Readable.from([]);
      const command = new GetObjectCommand({ ...objectOf(name), Range: toHeader(range) });
      const { Body } = await orS3Fault(client.send(command, signal && { abortSignal: signal }));
      if (!(Body instanceof Readable)) throw new TypeError('An S3 object came without a stream.');
      return Body;
    },
    async remove(names) {
      for (const name of names) await orS3Fault(client.send(new DeleteObjectCommand(objectOf(name))));
    },
    close: () => client.destroy(),
  };
}

function createClient({ region, endpoint, credentials }: S3Settings): S3Client {
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials && { credentials }),
    requestHandler: { connectionTimeout: connectMs, requestTimeout: silenceMs, throwOnRequestTimeout: true },
    // Many compatible servers know nothing of the checksums that AWS's own has come to like.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

interface Uploading {
  readonly object: { readonly Bucket: string; readonly Key: string };
  readonly source: Readable;
  readonly signal: AbortSignal;
}

/** An object appears with its last part; what a failed upload has sent is taken back. */
async function upload(client: S3Client, { object, source, signal }: Uploading): Promise<number> {
  signal.throwIfAborted();
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const uploading = new Upload({
    client,
    params: { ...object, Body: counted },
    partSize: partBytes,
    queueSize: partsAtOnce,
    leavePartsOnError: false,
  });
  const abort = () => {
    source.destroy();
    void uploading.abort();
  };
  const fail = (error: Error) => void counted.destroy(error);
  counted.on('error', () => undefined); // because the upload meets it when it reads on
  signal.addEventListener('abort', abort, { once: true });
  source.on('error', fail);
  try {
    source.pipe(counted);
    await uploading.done();
    return bytes;
  } finally {
    signal.removeEventListener('abort', abort);
    source.destroy();
    counted.destroy();
  }
}

/** HTTP counts the last byte in. */
function toHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end - 1}`;
}

async function orS3Fault<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw toS3Fault(error);
  }
}
