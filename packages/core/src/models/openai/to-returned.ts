import type { ReturnableField } from './dialect.ts';

type Returnable = { readonly [Name in ReturnableField]?: unknown };

/**
 * What of the fields beside OpenAI's own goes back to the server. Where it takes its reasoning under one name only, it gets
 * it under that name, also when the history has it under the other: answers name it both ways.
 */
export function toReturned(message: Returnable, returns: readonly ReturnableField[]): Returnable {
  const { reasoning_content: content, reasoning } = message;
  const spoken: Returnable = returns.includes('reasoning')
    ? { ...message, reasoning: reasoning ?? (returns.includes('reasoning_content') ? undefined : content) }
    : { ...message, reasoning_content: content ?? reasoning };
  // What is undefined, JSON leaves out.
  return Object.fromEntries(returns.map((name) => [name, spoken[name]]));
}
