import { z } from 'zod';
import { CaluteError } from '../../errors.ts';
import type { Given, Tokens } from '../../request/direct-request.ts';
import type { AskedDirectly } from '../../runs/run-request.ts';
import { chatRequestSchema } from '../chat-request.ts';
import { optional } from '../optional.ts';
import { parseWith } from '../parse-with.ts';
import { givenSchema } from './given-schema.ts';

const count = z.number().int();

/**
 * The body of `POST /v1/completions`. Null equals absent; unknown keys are dropped. Source: OpenAI's OpenAPI document
 * 2.3.0; `top_k`, `min_p` and `repetition_penalty` as in chats.
 */
const textRequestSchema = chatRequestSchema
  .pick({
    model: true,
    stream: true,
    stream_options: true,
    temperature: true,
    top_p: true,
    top_k: true,
    min_p: true,
    stop: true,
    presence_penalty: true,
    frequency_penalty: true,
    repetition_penalty: true,
    logit_bias: true,
    seed: true,
    service_tier: true,
    user: true,
  })
  .extend({
    prompt: givenSchema({ mayBeEmpty: true, most: Number.POSITIVE_INFINITY }),
    suffix: optional(z.string()),
    echo: optional(z.boolean()),
    logprobs: optional(count.min(0).max(20)),
    /** 0 with `echo` tells how likely the prompt is. */
    max_tokens: optional(count.min(0)),
    n: optional(count.min(1).max(128)),
    best_of: optional(count.min(1).max(128)),
  });

/** Throws as `parseWith` does, and `unsupported_parameter` for what wants more than one text. */
export function parseTextRequest(body: unknown): AskedDirectly {
  const { prompt, suffix, echo, logprobs, n, best_of, ...chat } = parseWith(textRequestSchema, body);
  for (const [param, value] of Object.entries({ n, best_of })) {
    if (value !== undefined && value > 1) throw onlyOne(param, `Only one text is written for a request`);
  }
  return {
    chat: { ...chat, messages: [] },
    direct: { endpoint: 'completions', prompt: toOne(prompt), suffix, echo, logprobs },
  };
}

/** Clients also send a single prompt in a list. */
function toOne(prompt: Given): string | Tokens {
  if (typeof prompt === 'string' || isTokens(prompt)) return prompt;
  const [first, ...others] = prompt;
  if (first !== undefined && others.length === 0) return first;
  throw onlyOne('prompt', 'A request has one prompt');
}

function isTokens(prompt: readonly unknown[]): prompt is Tokens {
  return typeof prompt[0] === 'number';
}

function onlyOne(param: string, what: string): CaluteError {
  return new CaluteError('unsupported_parameter', `${what}; send several requests instead.`, { param });
}
