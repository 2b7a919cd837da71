import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { gatedAnswer } from '../support/gated-answer.ts';
import { openSse, parseEvents, parseWholeEvents } from '../support/read-sse.ts';
import { textAnswer, toolCallAnswer } from '../support/scripted-upstream-chunks.ts';
import { prepareCalute, share } from '../support/start-calute.ts';

/** Two tools, one of which fails. */
const agentFile = (id: string) => `
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
export default defineAgent({
  id: '${id}',
  model: 'openai:${id}',
  tools: {
    look: { description: 'Looks', parameters: z.object({ at: z.string() }), execute: () => 'a private result' },
    fail: { description: 'Fails', parameters: z.object({}), execute: () => { throw new Error('private') } },
  },
});
`;

const ids = ['shown', 'helped', 'gated'];
const optIn = { 'X-Calute-Events': '1' };

const calute = share(async () => {
  const installation = await prepareCalute([]);
  const folder = await mkdtemp(join(tmpdir(), 'calute-progress-'));
  for (const id of ids) await writeFile(join(folder, `${id}.ts`), agentFile(id));
  const [api, other] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker({ CALUTE_AGENTS: folder }),
  ]);
  return {
    ...installation,
    api,
    other,
    async [Symbol.asyncDispose]() {
      await installation[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});

const tools = toolCallAnswer([
  { id: 'call_a', name: 'look', arguments: '{"at":"a private place"}' },
  { id: 'call_b', name: 'fail', arguments: '{}' },
]);

/** The whole stream of a run, whose model calls both tools and then answers. */
async function stream(headers: Record<string, string>): Promise<string> {
  const { upstream, api } = calute();
  await upstream.script('shown', tools, textAnswer(['All ', 'done']));
  const body = { ...ask('shown'), stream: true, stream_options: { include_usage: true } };
  const answer = await openSse(`${api.url}/v1/chat/completions`, { body, headers });
  return answer.readAll();
}

/** What differs between two runs that say the same. */
function strip(data: string): string {
  return data.replace(
    /"id":"chatcmpl-[^"]*"|"created":\d+|"(processing_time|tokens_per_second)":[\d.]+/g,
    '',
  );
}

it('comes as chunks of its own, without arguments or results, only to a client that asked for it', async () => {
  const shown = parseEvents(await stream(optIn));
  const plain = parseEvents(await stream({}));
  const off = parseEvents(await stream({ 'X-Calute-Events': '0' }));
  expect(shown.map(({ id }) => id)).toEqual(shown.map((_, index) => index + 1));
  expect(plain.map(({ id }) => id)).toEqual(plain.map((_, index) => index + 1));
  const isProgress = ({ data }: { data: string }) => data.includes('"calute"');
  const progress = shown.filter(isProgress).map(({ data }) => JSON.parse(data));
  const told = progress.map(({ calute: { event, call_id, name, ok } }) => [event, call_id, name, ok]);
  // Tools run side by side and end in any order.
  expect([...told.slice(0, 2), ...told.slice(2).toSorted()]).toEqual([
    ['tool-start', 'call_a', 'look', undefined],
    ['tool-start', 'call_b', 'fail', undefined],
    ['tool-end', 'call_a', 'look', true],
    ['tool-end', 'call_b', 'fail', false],
  ]);
  for (const { choices, usage } of progress) {
    expect(choices).toEqual([{ index: 0, delta: {}, finish_reason: null }]);
    expect(usage).toBeNull();
  }
  for (const { calute: ended } of progress.slice(2)) expect(ended.duration_ms).toEqual(expect.any(Number));
  expect(JSON.stringify(shown)).not.toContain('private');
  const said = shown.filter((event) => !isProgress(event)).map(({ data }) => strip(data));
  expect(plain.map(({ data }) => strip(data))).toEqual(said);
  expect(off.map(({ data }) => strip(data))).toEqual(said);
});

it('does not disturb the helper of OpenAI’s client', async () => {
  const { upstream, api } = calute();
  await upstream.script('helped', tools, textAnswer(['All ', 'done']), tools, textAnswer(['All ', 'done']));
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', defaultHeaders: optIn });
  const runner = openai.chat.completions.stream({ ...ask('helped'), stream: true });
  const chunks: unknown[] = [];
  runner.on('chunk', (chunk) => chunks.push(chunk));
  const { choices } = await runner.finalChatCompletion();
  expect(choices[0]).toMatchObject({ message: { content: 'All done' }, finish_reason: 'stop' });
  expect(choices[0]?.message.tool_calls ?? []).toEqual([]);
  expect(chunks.filter((chunk) => JSON.stringify(chunk).includes('tool-start'))).toHaveLength(2);
  const whole = await openai.chat.completions.create(ask('helped'));
  expect(whole.choices[0]?.message.content).toBe('All done');
  expect(whole).not.toHaveProperty('calute');
});

it('does not disturb the AI SDK', async () => {
  const { upstream, api } = calute();
  await upstream.script('helped', tools, textAnswer(['All ', 'done']));
  const provider = createOpenAICompatible({ name: 'calute', baseURL: `${api.url}/v1`, headers: optIn });
  const result = streamText({ model: provider.chatModel('helped'), prompt: 'Hello' });
  expect((await Array.fromAsync(result.textStream)).join('')).toBe('All done');
  expect(await result.finishReason).toBe('stop');
  expect(await result.toolCalls).toEqual([]);
});

it('is resumed in its midst on another API, live and after the end, byte for byte', async () => {
  const { upstream, api, other } = calute();
  await upstream.script('gated', tools, gatedAnswer(['All '], 'gated', ['done']));
  const body = { ...ask('gated'), stream: true };
  const answer = await openSse(`${api.url}/v1/chat/completions`, {
    body,
    headers: { ...optIn, 'X-On-Disconnect': 'continue' },
  });
  // The role, four events of tools, and a word.
  const begun = await answer.readUntil((text) => parseWholeEvents(text).length === 6);
  const runId = JSON.parse(parseWholeEvents(begun)[0]?.data ?? '').id;
  const follow = (seen: number) =>
    openSse(`${other.url}/v1/chat/completions/${runId}/stream`, { headers: { 'Last-Event-ID': `${seen}` } });
  const live = await Promise.all([1, 2, 3, 4, 5].map(follow));
  await upstream.release('gated');
  const bytes = await answer.readAll();
  const events = bytes.split(/(?<=\n\n)/);
  expect(parseEvents(bytes).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const [index, one] of live.entries()) {
    expect(await one.readAll()).toBe(events.slice(index + 1).join(''));
  }
  for (let seen = 0; seen < events.length; seen++) {
    expect(await (await follow(seen)).readAll()).toBe(events.slice(seen).join(''));
  }
});
