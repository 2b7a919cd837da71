import { createHash } from 'node:crypto';
import { countInputTokens, type DirectInputs } from '../../protocol/direct/direct-request.ts';
import { encodeVector } from '../../runs/embedding-vector.ts';
import type { ModelEvent } from '../model-provider.ts';
import { tokenize } from './tokenize.ts';

const usualDimensions = 64;

/**
 * A vector of length 1 for each input, which its words alone decide: texts that share words are near to each other, so that
 * a search over them can be tried.
 */
export async function* embedOffline(direct: DirectInputs): AsyncGenerator<readonly ModelEvent[]> {
  const { dimensions = usualDimensions } = direct;
  for (const [index, words] of listInputs(direct).entries()) {
    yield [{ type: 'embedding', index, vector: encodeVector(toVector(words, dimensions)) }];
  }
  const promptTokens = Math.ceil(countInputTokens(direct));
  const usage = { promptTokens, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
  yield [{ type: 'model-end', finishReason: 'stop', usage }];
}

/** The words of each input; a token of a client's tokenizer is one. */
function listInputs({ input }: DirectInputs): readonly (readonly string[])[] {
  if (typeof input === 'string') return [toWords(input)];
  if (isTokens(input)) return [input.map(String)];
  return input.map((one) => (typeof one === 'string' ? toWords(one) : one.map(String)));
}

function isTokens(input: readonly unknown[]): input is readonly number[] {
  return typeof input[0] === 'number';
}

function toWords(text: string): readonly string[] {
  return tokenize(text.toLowerCase()).map((word) => word.trim());
}

function toVector(words: readonly string[], dimensions: number): readonly number[] {
  const sums = new Array<number>(dimensions).fill(0);
  for (const word of words) {
    const bytes = createHash('shake256', { outputLength: dimensions }).update(word).digest();
    for (const [at, byte] of bytes.entries()) sums[at] = (sums[at] ?? 0) + byte - 127.5;
  }
  const length = Math.hypot(...sums);
  return sums.map((sum) => sum / length);
}
