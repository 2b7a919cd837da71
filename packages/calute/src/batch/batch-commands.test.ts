import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recordTerminal } from '../cli/testing/record-terminal.ts';
import { createBatch, fetchResults, listBatches, retryBatch, showBatch } from './batch-commands.ts';

const batch = {
  id: 'batch_1',
  object: 'batch',
  endpoint: '/v1/chat/completions',
  input_file_id: 'file-in',
  output_file_id: 'file-out',
  error_file_id: null,
  status: 'completed',
  created_at: 1_795_397_054,
  request_counts: { total: 3, completed: 3, failed: 0 },
};
const line = (id: string) => JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions' });
const answer = (id: string, status: number) =>
  JSON.stringify({ custom_id: id, response: { status_code: status, body: {} } });

test('a file is uploaded and made a batch, whose id is the result', async () => {
  const { parts, asked } = await serve({
    'POST /v1/files': { id: 'file-in' },
    'POST /v1/batches': { ...batch, status: 'validating', request_counts: null },
  });
  const options = { endpoint: '/v1/chat/completions', window: '24h', metadata: ['team=search'] };
  expect(await createBatch(await fileOf(`${line('a')}\n`), options, parts)).toBe(0);
  expect(parts.terminal).toMatchObject({ written: 'batch_1\n', noted: 'validating\n' });
  expect(asked[0]?.body).toContain('name="purpose"\r\n\r\nbatch\r\n');
  expect(asked[0]?.body).toContain(line('a'));
  expect(JSON.parse(asked[1]?.body ?? '')).toEqual({
    input_file_id: 'file-in',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    metadata: { team: 'search' },
  });
});

test('waiting ends with 1 when a line has failed', async () => {
  const failed = { ...batch, request_counts: { total: 3, completed: 2, failed: 1 } };
  const { parts } = await serve({ 'GET /v1/batches/batch_1': failed });
  expect(await showBatch('batch_1', { wait: true }, parts)).toBe(1);
  expect(parts.terminal.noted).toBe('completed: 3 of 3, 1 failed\n');
});

test('the list says how far each one is', async () => {
  const { parts } = await serve({
    'GET /v1/batches?limit=1': { object: 'list', data: [batch], has_more: true },
  });
  expect(await listBatches({ limit: '1' }, parts)).toBe(0);
  expect(parts.terminal.written).toMatch(
    /^BATCH +ENDPOINT +PROGRESS +CREATED\nbatch_1 +\S+ +completed: 3 of 3 +\S+Z\n$/,
  );
  expect(parts.terminal.noted).toBe('--after batch_1 shows more.\n');
});

test('results go to a file', async () => {
  const { parts } = await serve({
    'GET /v1/batches/batch_1': batch,
    'GET /v1/files/file-out/content': `${answer('a', 200)}\n`,
  });
  const output = await fileOf('');
  expect(await fetchResults('batch_1', { output }, parts)).toBe(0);
  expect(await readFile(output, 'utf8')).toBe(`${answer('a', 200)}\n`);
  expect(await fetchResults('batch_1', { errors: true }, parts)).toBe(1);
  expect(parts.terminal.noted).toContain('batch_1 has no lines that failed yet');
});

test('a retry sends the lines that have no good answer', async () => {
  const { parts, asked } = await serve({
    'GET /v1/batches/batch_1': { ...batch, status: 'expired' },
    'GET /v1/files/file-out/content': `${answer('a', 200)}\n${answer('b', 500)}\n`,
    'GET /v1/files/file-in/content': `${line('a')}\n${line('b')}\n${line('c')}\n`,
    'POST /v1/files': { id: 'file-retry' },
    'POST /v1/batches': { ...batch, id: 'batch_2' },
  });
  expect(await retryBatch('batch_1', {}, parts)).toBe(0);
  const upload = asked.find(({ path }) => path === 'POST /v1/files')?.body ?? '';
  expect(upload).toContain(`${line('b')}\n${line('c')}\n`);
  expect(upload).not.toContain(line('a'));
  expect(JSON.parse(asked.at(-1)?.body ?? '')).toMatchObject({
    input_file_id: 'file-retry',
    metadata: { retry_of: 'batch_1' },
  });
  expect(parts.terminal.noted).toContain('2 lines of batch_1 are sent again.\n');
});

test('a server that knows how retries by itself', async () => {
  const { parts, asked } = await serve({ 'POST /v1/batches/batch_1/retry': { ...batch, id: 'batch_2' } });
  expect(await retryBatch('batch_1', {}, parts)).toBe(0);
  expect(parts.terminal.written).toBe('batch_2\n');
  expect(asked).toHaveLength(1);
});

test('a server without batches is said to have none', async () => {
  const { parts } = await serve({});
  await expect(showBatch('batch_1', {}, parts)).rejects.toThrow(
    'This server has no batches (http://127.0.0.1:',
  );
});

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-batch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'lines.jsonl');
  await writeFile(path, text);
  return path;
}

/** A server in OpenAI's shapes that answers by method and path. */
async function serve(answers: Readonly<Record<string, object | string>>) {
  const asked: { path: string; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const path = `${request.method} ${request.url}`;
    asked.push({ path, body: Buffer.concat(await Array.fromAsync(request)).toString() });
    const found = answers[path];
    response.writeHead(found === undefined ? 404 : 200);
    const unknown = { error: { message: 'No such path.', code: 'not_found' } };
    response.end(typeof found === 'string' ? found : JSON.stringify(found ?? unknown));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // because it listens on a port
  const terminal = recordTerminal();
  const parts = { server: { baseUrl: `http://127.0.0.1:${port}/v1`, key: undefined }, terminal, json: false };
  return { parts, asked };
}
