import { describe, expect, it } from 'vitest';
import { batchLine, chat, hasEnded } from '../support/batch-client.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { questions, startBatches } from '../support/start-batches.ts';
import { share } from '../support/start-calute.ts';

const calute = share(startBatches);

describe('what cannot be a batch', () => {
  const good = batchLine('a', chat('up', 'x'));
  it.each([
    ['no JSON', [good, '{"custom_id":'], 'invalid_json_line', 2],
    ['an array', ['[]'], 'invalid_json_line', 1],
    ['no custom_id', [JSON.stringify({ method: 'POST' })], 'missing_custom_id', 1],
    ['one custom_id twice', [good, '', good], 'duplicate_custom_id', 3],
    ['another url', [batchLine('a', {}, { url: '/v1/embeddings' })], 'mismatched_url', 1],
    ['another method', [batchLine('a', {}, { method: 'GET' })], 'invalid_method', 1],
    ['no body', [batchLine('a', [])], 'invalid_body', 1],
    ['a stream', [batchLine('a', chat('up', 'x', { stream: true }))], 'invalid_body', 1],
    ['no model that there is', [batchLine('a', chat('none', 'x'))], 'model_not_found', 1],
    ['nothing but blank lines', ['', ''], 'empty_file', null],
    ['too many lines', questions(50_001), 'too_many_lines', 50_001],
  ])('a file with %s fails, with its line', async (_, lines, code, line) => {
    const { client } = calute();
    const batch = await client.wait((await client.submit(lines)).id, hasEnded);
    expect(batch).toMatchObject({
      status: 'failed',
      failed_at: expect.any(Number),
      output_file_id: null,
      error_file_id: null,
    });
    expect(batch.errors).toMatchObject({
      object: 'list',
      data: [{ code, line, message: expect.any(String) }],
    });
  });

  it.each([
    [{ input_file_id: 'file-none' }, 404, 'file_not_found'],
    [{ input_file_id: undefined }, 400, 'invalid_request'],
    [{ requests: [{ custom_id: 'a', body: {} }] }, 400, 'invalid_request'],
    [{ endpoint: '/v1/moderations' }, 400, 'invalid_request'],
    [{ completion_window: '31d' }, 400, 'invalid_request'],
    [{ completion_window: 'soon' }, 400, 'invalid_request'],
    [{ metadata: { a: 1 } }, 400, 'invalid_request'],
    [{ output_expires_after: { anchor: 'created_at', seconds: 5 } }, 400, 'invalid_request'],
    [{ webhook: { url: 'ftp://x', secret: `whsec_${'A'.repeat(44)}` } }, 400, 'invalid_request'],
    [{ webhook: { url: 'https://x', secret: 'short' } }, 400, 'invalid_request'],
  ])('a request with %j is refused', async (more, status, code) => {
    const { client } = calute();
    await expect(client.submit([good], more)).rejects.toMatchObject({ status, code });
  });

  it('a file of another purpose is refused', async () => {
    const { client } = calute();
    const file = await client.openai.files.create({ file: new File(['x'], 'x.txt'), purpose: 'user_data' });
    await expect(client.submit([good], { input_file_id: file.id })).rejects.toMatchObject({
      status: 400,
      param: 'input_file_id',
    });
  });

  it.each([
    ['input_file_id', 'input_file_deleted'],
    ['output_file_id', 'results_deleted'],
  ] as const)(
    'a batch whose %s is deleted while it runs fails, and the server stays well',
    async (which, code) => {
      const { client, upstream } = calute();
      const turn = [{ type: 'gate', name: which } as const, ...textAnswer(['held'])];
      await upstream.script('held', turn);
      // More lines than are begun at once, so that the input is needed again.
      const held = questions(600, 'held').map((line) => line.replace('line-', 'held-'));
      const made = await client.submit([...questions(5), ...held]);
      const running = await client.wait(made.id, ({ request_counts: counts }) => counts?.completed === 5);
      await client.openai.files.delete(running[which] ?? '');
      await upstream.release(which);
      const batch = await client.wait(made.id, hasEnded);
      expect(batch).toMatchObject({ status: 'failed', errors: { data: [{ code }] } });
    },
  );
});
