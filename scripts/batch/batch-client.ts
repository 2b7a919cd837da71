import { openAsBlob } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';

const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  created_at: z.number(),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  request_counts: z.object({ total: z.number(), completed: z.number(), failed: z.number() }),
  errors: z
    .object({ data: z.array(z.object({ line: z.number().nullable(), message: z.string() })) })
    .nullable(),
});
/** What the command line needs of OpenAI's batch object. */
export type BatchState = z.infer<typeof batchSchema>;

const pageSchema = z.object({ data: z.array(batchSchema), has_more: z.boolean() });
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

/** Something that a person can act on. */
export class RequestFailed extends Error {}

export interface BatchClient {
  /** Streams the file at `path` from disk; gives the id that it got. */
  upload(path: string): Promise<string>;
  create(inputFileId: string, window: string): Promise<BatchState>;
  get(id: string): Promise<BatchState>;
  cancel(id: string): Promise<BatchState>;
  retry(id: string): Promise<BatchState>;
  list(): AsyncGenerator<BatchState>;
  content(fileId: string): Promise<AsyncIterable<Uint8Array>>;
}

/** Asks a server, this machine's or another one. Every method throws RequestFailed. */
export function createBatchClient(url: string, key: string | undefined): BatchClient {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) }; // because it is only given so below
    const response = await fetch(`${url}/v1${path}`, { ...init, headers }).catch((error: unknown) => {
      throw new RequestFailed(`No server answers at ${url}; set CALUTE_URL, or start one.`, { cause: error });
    });
    if (!response.ok) throw new RequestFailed(await describe(response));
    return response;
  };
  const batch = async (path: string, init?: RequestInit) =>
    batchSchema.parse(await (await ask(path, init)).json());
  const post = { method: 'POST' };
  return {
    async upload(path) {
      // Because the next step does not say what is wrong with the path.
      await access(path);
      const form = new FormData();
      form.set('purpose', 'batch');
      form.set('file', await openAsBlob(path), basename(path));
      return z.object({ id: z.string() }).parse(await (await ask('/files', { ...post, body: form })).json())
        .id;
    },
    create(inputFileId, window) {
      const body = {
        input_file_id: inputFileId,
        endpoint: '/v1/chat/completions',
        completion_window: window,
      };
      const headers = { 'content-type': 'application/json' };
      return batch('/batches', { ...post, headers, body: JSON.stringify(body) });
    },
    get: (id) => batch(`/batches/${encodeURIComponent(id)}`),
    cancel: (id) => batch(`/batches/${encodeURIComponent(id)}/cancel`, post),
    retry: (id) => batch(`/batches/${encodeURIComponent(id)}/retry`, post),
    async *list() {
      for (let after = ''; ; ) {
        const page = pageSchema.parse(await (await ask(`/batches?limit=100${after}`)).json());
        yield* page.data;
        if (!page.has_more) return;
        after = `&after=${page.data.at(-1)?.id}`;
      }
    },
    async content(fileId) {
      const { body } = await ask(`/files/${encodeURIComponent(fileId)}/content`);
      if (body === null) throw new RequestFailed('The file has no content.');
      return body;
    },
  };
}

async function describe(response: Response): Promise<string> {
  const parsed = errorSchema.safeParse(await response.json().catch(() => undefined));
  return parsed.success ? parsed.data.error.message : `The server answered ${response.status}.`;
}
