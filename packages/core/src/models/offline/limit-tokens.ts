import type { Sampling } from '../../agent/agent.ts';
import type { FinishReason } from '../../runs/run-end.ts';
import { tokenize } from './tokenize.ts';

export interface LimitedTokens {
  readonly tokens: readonly string[];
  readonly finishReason: FinishReason;
}

/** What of `text` a model with these limits would say: up to the first whole stop sequence, or up to `maxTokens`. */
export function limitTokens(
  text: string,
  { stop = [], maxTokens = Number.POSITIVE_INFINITY }: Sampling,
): LimitedTokens {
  const all = tokenize(text);
  const tokens = all.slice(0, maxTokens);
  const said = tokens.join('');
  const stops = stop
    .map((sequence) => (sequence === '' ? -1 : said.indexOf(sequence)))
    .filter((at) => at !== -1);
  if (stops.length > 0) return { tokens: tokenize(said.slice(0, Math.min(...stops))), finishReason: 'stop' };
  return { tokens, finishReason: tokens.length < all.length ? 'length' : 'stop' };
}
