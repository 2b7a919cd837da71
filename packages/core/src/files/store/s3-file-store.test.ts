import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { share } from '../../../../../tests/support/start-calute.ts';
import { startS3Server } from '../../../../../tests/support/start-s3-server.ts';
import { describeFileStore } from './file-store.contract.ts';
import { createBlobName } from './file-store.ts';
import { createS3FileStore, type S3Settings } from './s3-file-store.ts';

const server = share(startS3Server);

function openStore(settings: Partial<S3Settings> = {}) {
  const { endpoint, bucket, credentials } = server();
  const prefix = `${randomUUID()}/`;
  return createS3FileStore({ endpoint, bucket, credentials, prefix, region: 'us-east-1', ...settings });
}

describeFileStore(async () => openStore());

describe('a bucket', () => {
  test('is named by itself and the prefix', async () => {
    expect(await openStore({ prefix: 'calute/' }).identify()).toBe('s3://files/calute/');
  });

  test('that does not exist is refused', async () => {
    await expect(openStore({ bucket: 'other' }).identify()).rejects.toMatchObject({
      code: 'file_store_unavailable',
    });
  });

  test('whose key is wrong is refused', async () => {
    const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'wrong' };
    await expect(openStore({ credentials }).identify()).rejects.toMatchObject({
      code: 'file_store_unavailable',
    });
  });

  test('whose server is away can be asked again later', async () => {
    const store = openStore({ endpoint: 'http://127.0.0.1:9' });
    const write = store.write(
      createBlobName(),
      Readable.from([Buffer.from('x')]),
      new AbortController().signal,
    );
    await expect(write).rejects.toMatchObject({ code: 'file_store_unavailable', retryable: true });
  });
});
