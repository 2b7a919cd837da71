import { CaluteError } from '@calute/core/errors';
import type { ModelCall, ModelEvent, ModelProvider } from '@calute/core/models/model-provider';
import { observeModels } from '@calute/core/models/observe-models';
import { UpstreamStatus } from '@calute/core/models/upstream/upstream-status';
import { expect, test } from 'vitest';
import { type ProviderFailure, reportFailures } from './report-failures.ts';

const call: ModelCall = { messages: [], sampling: {}, tools: [], toolChoice: undefined, parameters: {} };
const text: ModelEvent = { type: 'text-delta', text: 'a' };

test('a failure before or within the answer is told with host, status and reason, and thrown on', async () => {
  const cause = new UpstreamStatus(500, 'out of memory');
  const error = new CaluteError('upstream_error', 'The model provider at x answered 500.', { cause });
  const failure = {
    model: 'openai:m',
    host: 'x:1',
    code: 'upstream_error',
    status: 500,
    reason: 'out of memory',
  };
  for (const events of [[], [text]]) {
    const { failures, read } = open({ host: 'x:1', stream: () => failing(events, error) });
    await expect(read()).rejects.toBe(error);
    expect(failures).toEqual([failure]);
  }
});

test('without a status the reason is what the error says', async () => {
  const error = new CaluteError('upstream_unreachable', 'Nobody listens at x:1.');
  const { failures, read } = open({ host: 'x:1', stream: () => failing([], error) });
  await expect(read()).rejects.toBe(error);
  expect(failures).toEqual([
    { model: 'openai:m', host: 'x:1', code: 'upstream_unreachable', reason: 'Nobody listens at x:1.' },
  ]);
});

test('what a provider says of a key that it refuses is not repeated', async () => {
  const cause = new UpstreamStatus(401, 'bad key canary');
  const error = new CaluteError('upstream_unauthorized', 'It refused the key.', { cause });
  const { failures, read } = open({ host: 'x:1', stream: () => failing([], error) });
  await expect(read()).rejects.toBe(error);
  expect(failures).toMatchObject([{ status: 401, reason: 'It refused the key.' }]);
});

test('an abort, a bug, a provider without a host and an answer that goes well are no failures', async () => {
  const gone = new AbortController();
  gone.abort();
  const error = new CaluteError('upstream_cut', 'cut');
  const aborted = open({ host: 'x:1', stream: () => failing([], error) });
  await expect(aborted.read(gone.signal)).rejects.toBe(error);
  const bug = open({ host: 'x:1', stream: () => failing([], new TypeError('bug')) });
  await expect(bug.read()).rejects.toThrow('bug');
  const offline = open({ stream: () => failing([], error) });
  await expect(offline.read()).rejects.toBe(error);
  const good = open({ host: 'x:1', stream: () => failing([text, text]) });
  expect(await good.read()).toEqual([[text], [text]]);
  expect([aborted, bug, offline, good].flatMap(({ failures }) => failures)).toEqual([]);
});

test('whoever stops reading ends the call', async () => {
  let isEnded = false;
  async function* endless() {
    try {
      while (true) yield [text];
    } finally {
      isEnded = true;
    }
  }
  const { stream } = open({ host: 'x:1', stream: endless });
  for await (const _ of stream(call, new AbortController().signal)) break;
  expect(isEnded).toBe(true);
});

function open(provider: Pick<ModelProvider, 'stream'> & { readonly host?: string }) {
  const failures: ProviderFailure[] = [];
  const resolveModel = observeModels(
    () => ({ accepts: new Set(), ...provider }),
    [reportFailures((failure) => void failures.push(failure))],
  );
  const { stream } = resolveModel('openai:m');
  const read = (signal = new AbortController().signal) => Array.fromAsync(stream(call, signal));
  return { failures, stream, read };
}

async function* failing(events: readonly ModelEvent[], error?: Error) {
  for (const event of events) yield [event];
  if (error) throw error;
}
