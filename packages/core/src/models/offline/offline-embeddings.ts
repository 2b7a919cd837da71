import { createHash } from 'node:crypto';
import { countInputTokens, type DirectInputs } from '../../request/direct-request.ts';
import { encodeVector } from '../../runs/embedding-vector.ts';
import type { ModelEvent } from '../model-provider.ts';
import { pace } from './pace.ts';
import { tokenize } from './tokenize.ts';

const usualDimensions = 64;

/**
 * A vector of length 1 for each input, which its words alone decide: texts that share words are near to each other, so that
 * a search over them can be tried. Stops between two inputs when `signal` aborts, and throws its reason.
 */
export async function* embedOffline(
  direct: DirectInputs,
  signal: AbortSignal,
): AsyncGenerator<readonly ModelEvent[]> {
  const { dimensions = usualDimensions } = direct;
  for await (const [index, input] of pace(listInputs(direct).entries(), 0, signal)) {
    yield [{ type: 'embedding', index, vector: encodeVector(toVector(toWords(input), dimensions)) }];
  }
  const promptTokens = Math.ceil(countInputTokens(direct));
  const usage = { promptTokens, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
  yield [{ type: 'model-end', finishReason: 'stop', usage }];
}

function listInputs({ input }: DirectInputs): readonly (string | readonly number[])[] {
  return typeof input === 'string' || isTokens(input) ? [input] : input;
}

function isTokens(input: readonly unknown[]): input is readonly number[] {
  return typeof input[0] === 'number';
}

/** A token of a client's tokenizer is one word. */
function toWords(input: string | readonly number[]): readonly string[] {
  if (typeof input !== 'string') return input.map(String);
  return tokenize(input.toLowerCase()).map((word) => word.trim());
}

function toVector(words: readonly string[], dimensions: number): readonly number[] {
  const sums = new Array<number>(dimensions).fill(0);
  for (const word of words) {
    const bytes = createHash('shake256', { outputLength: dimensions }).update(word).digest();
    for (const [at, byte] of bytes.entries()) sums[at] = (sums[at] ?? 0) + byte - 127.5;
  }
  // Words may take each other away.
  const length = Math.hypot(...sums) || 1;
  return sums.map((sum) => sum / length);
}
