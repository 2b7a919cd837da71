import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { batchLine, chat } from '../support/batch-client.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { questions, startBatches } from '../support/start-batches.ts';
import { share } from '../support/start-calute.ts';

const calute = share(startBatches);

/** Runs `calute batch …`, which `npm run batch -- …` is, against the first API. */
function run(...args: string[]) {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: unknown; stdout: string; stderr: string }>();
  const path = fileURLToPath(new URL('../../packages/calute/bin/calute.mjs', import.meta.url));
  const { first, key } = calute();
  // As SDKs want the URL, which is taken as well.
  const env = { ...childEnvironment(), CALUTE_URL: `${first.url}/v1/`, CALUTE_API_KEY: key };
  execFile(process.execPath, [path, 'batch', ...args], { env }, (error, stdout, stderr) =>
    resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
  );
  return promise;
}

async function file(lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-batch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'requests.jsonl');
  await writeFile(path, lines.join('\n'));
  return path;
}

it('submits, follows, prints, lists and sends again what has failed', { timeout: 60_000 }, async () => {
  const { upstream } = calute();
  await upstream.script('broken', failure(400, { error: { message: 'No.' } }), textAnswer(['better']));
  const path = await file([...questions(2), batchLine('again', chat('broken', 'x'))]);
  const submitted = await run('submit', path, '--wait', '--metadata', 'team=search');
  // One line has failed.
  expect(submitted).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^batch_\w+\n$/) });
  expect(submitted.stderr).toMatch(/^completed: 3 of 3, 1 failed$/m);
  const id = submitted.stdout.trim();

  const status = await run('status', id, '--json');
  expect(status.exitCode).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({ id, status: 'completed', metadata: { team: 'search' } });
  const results = await run('results', id);
  expect(results.stdout.trim().split('\n')).toHaveLength(2);
  expect(JSON.parse((await run('results', id, '--errors')).stdout)).toMatchObject({ custom_id: 'again' });

  const retried = await run('retry-failed', id, '--wait');
  expect(retried.exitCode).toBe(0);
  const again = await run('results', retried.stdout.trim());
  expect(JSON.parse(again.stdout)).toMatchObject({ custom_id: 'again' });
  expect(await run('retry-failed', retried.stdout.trim())).toMatchObject({ exitCode: 1, stdout: '' });
  expect((await run('list')).stdout).toMatch(new RegExp(`^${id} .* completed: 3 of 3, 1 failed .*$`, 'm'));
});

it('cancels', { timeout: 60_000 }, async () => {
  const submitted = await run('submit', await file(questions(2, 'hanging')));
  expect(submitted).toMatchObject({ exitCode: 0, stderr: '' });
  const id = submitted.stdout.trim();
  expect(await run('cancel', id)).toMatchObject({ exitCode: 0, stdout: `${id} cancelling\n` });
  expect(await run('status', id, '--wait')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^cancelled/m),
  });
});

it.each(['/v1/chat/completions', '/v1/responses'])(
  'takes plain prompts for a model, for %s',
  { timeout: 60_000 },
  async (endpoint) => {
    const path = await file(['"first"', '', JSON.stringify({ prompt: 'second', custom_id: 'two' })]);
    const options = ['--prompts', '--model', 'up', '--endpoint', endpoint, '--wait'];
    const submitted = await run('submit', path, ...options);
    expect(submitted.exitCode).toBe(0);
    const to = `${path}.out`;
    expect(await run('results', submitted.stdout.trim(), '--output', to)).toMatchObject({ stdout: '' });
    const ids = (await readFile(to, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).custom_id);
    expect(ids.toSorted()).toEqual(['line-1', 'two']);
  },
);

it('says what is wrong, in a sentence', { timeout: 60_000 }, async () => {
  expect(await run('submit', 'nowhere.jsonl')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/no file nowhere\.jsonl/),
  });
  expect(await run('submit', await file(['7']), '--prompts', '--model', 'up')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/Line 1 of .* is neither a JSON string nor/),
  });
  expect(await run('submit', await file(['7']), '--prompts')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/--prompts needs --model/),
  });
  expect(await run('submit', await file(['x']), '--wait')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^line 1: The line is not a JSON object/m),
  });
  expect(await run('status', 'batch_none')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/No such batch: batch_none\. \(batch_not_found\)/),
  });
});
