import { opaqueMessageFields, pickOpaque } from '../../../runs/opaque-fields.ts';
import { saysSomething } from '../../upstream/says-something.ts';
import { readParts, readReasoning } from './content.ts';
import type { Fields } from './fields.ts';
import { type OpenAiAnswer, pushDelta, pushText } from './openai-answer.ts';
import type { ReadCalls } from './tool-calls.ts';

type Told = OpenAiAnswer['said'];

/** What has been told of nothing so far. */
const nothing: Told = { text: false, reasoning: false, calls: false };

/**
 * Adds what a delta says, or a whole message, of which only that counts which `told` does not have. Gives what cannot be
 * read.
 */
export function readDelta(delta: Fields, answer: OpenAiAnswer, told?: Told): string | undefined {
  const { text, reasoning, calls } = told ?? nothing;
  if (!reasoning) addReasoning(delta, answer, told === undefined);
  const opaque = reasoning ? undefined : pickOpaque(delta, opaqueMessageFields);
  if (opaque !== undefined) pushDelta(answer, { type: 'opaque-delta', fields: opaque });
  const unread = text ? undefined : addContent(delta, answer, told === undefined);
  if (unread !== undefined || calls) return unread;
  return addCalls(delta, answer, told === undefined);
}

/** Servers that have several of these fields say the same in each. */
function addReasoning(delta: Fields, answer: OpenAiAnswer, isDelta: boolean): void {
  const content = readReasoning(delta['reasoning_content']);
  const named = content || readReasoning(delta['reasoning']);
  const text = named || readReasoning(delta['reasoning_details']) || readReasoning(delta['thinking']);
  if (named !== '') answer.reasoningField ??= content === '' ? 'reasoning' : 'reasoning_content';
  if (text === '') return;
  if (isDelta) answer.said.reasoning = true;
  pushDelta(answer, { type: 'reasoning-delta', text });
}

function addContent(
  { content, refusal }: Fields,
  answer: OpenAiAnswer,
  isDelta: boolean,
): string | undefined {
  let text = typeof content === 'string' ? content : '';
  let declined = typeof refusal === 'string' ? refusal : '';
  if (typeof content !== 'string' && content !== undefined && content !== null) {
    const said = readParts(content);
    if (said.unread !== undefined) return `a content with ${said.unread}`;
    if (said.reasoning !== '') pushDelta(answer, { type: 'reasoning-delta', text: said.reasoning });
    text = said.text;
    declined ||= said.refusal;
  }
  if (text !== '') pushText(answer, text);
  if (declined !== '') {
    answer.refused = true;
    pushText(answer, declined);
  }
  if (isDelta && (text !== '' || declined !== '')) answer.said.text = true;
  return undefined;
}

function addCalls(delta: Fields, answer: OpenAiAnswer, isDelta: boolean): string | undefined {
  const { tool_calls: calls, function_call: legacy } = delta;
  if (calls === undefined && legacy === undefined) return undefined;
  const unread =
    pushCalls(answer, answer.toolCalls.read(calls)) ?? pushCalls(answer, answer.toolCalls.readLegacy(legacy));
  if (isDelta && answer.toolCalls.size > 0) answer.said.calls = true;
  return unread;
}

function pushCalls(answer: OpenAiAnswer, { events, unread }: ReadCalls): string | undefined {
  for (const event of events) pushDelta(answer, event);
  return unread;
}

/** What is read, and what may say something without being a part of the answer. */
const beside =
  /^(?:content|reasoning.*|thinking|refusal|tool_calls|function_call|role|name|type|index|annotations|citations|audio|content_filter.*)$|(?:^|_)(?:id|ids|reason|fields)$/;

/** Notes the names of fields of an answer that has said nothing so far. */
export function noteUnread(delta: Fields, answer: OpenAiAnswer): void {
  const unread = Object.keys(delta).filter(
    (key) => !beside.test(key) && typeof delta[key] !== 'number' && saysSomething(delta[key]),
  );
  if (unread.length > 0) answer.unread = [...new Set([...answer.unread, ...unread])].slice(0, 8);
}
