import type { OpenAI } from 'openai';

type Request = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** A request that asks `model` for an answer to `text`. */
export function ask(model: string, text = 'Hello'): Request {
  return { model, messages: [{ role: 'user', content: text }] };
}

/** The id of the run, from the first event of its stream. */
export function runIdOf(text: string): string {
  const id = /"id":"(chatcmpl-[\w-]+)"/.exec(text)?.[1];
  if (id === undefined) throw new Error(`No run id in: ${text}`);
  return id;
}
