import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A server that speaks S3 in a process of its own, with the bucket `files`; it knows one key, `S3RVER`. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: 'files';
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export async function startS3Server(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-s3-'));
  const child = fork(fileURLToPath(new URL('./s3-server-main.ts', import.meta.url)), [folder], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
  const { port } = z.object({ port: z.number() }).parse(message);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'files',
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
