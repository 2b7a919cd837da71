import { countInputs, type DirectInputs } from '../../../request/direct-request.ts';
import { encodeVector, isVector } from '../../../runs/embedding-vector.ts';
import type { ModelEvent } from '../../model-provider.ts';
import { createBadChunkError, toInBandError } from '../../upstream/in-band-error.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { toFields } from './fields.ts';
import { toUsage } from './usage.ts';

/** The vectors of an answer to `/embeddings`, one for each input. Throws `upstream_bad_chunk` for anything else. */
export function readEmbeddings(
  body: string,
  direct: DirectInputs,
  upstream: Upstream,
): readonly ModelEvent[] {
  const value = toFields(parse(body));
  if (value === undefined) throw createBadChunkError(upstream, 'an answer that is no JSON object');
  const { data } = value;
  if (!Array.isArray(data)) {
    throw value['error'] === undefined
      ? createBadChunkError(upstream, 'an answer without "data"')
      : toInBandError(value, upstream);
  }
  const asked = countInputs(direct);
  if (data.length !== asked)
    throw createBadChunkError(upstream, `${data.length} embeddings for ${asked} inputs`);
  const indexes = readIndexes(data);
  const events = data.map((one, at): ModelEvent => {
    const embedding = toFields(one)?.['embedding'];
    if (!isVector(embedding)) throw createBadChunkError(upstream, 'an embedding that is no vector');
    return { type: 'embedding', index: indexes[at] ?? at, vector: encodeVector(embedding) };
  });
  return [
    ...events,
    { type: 'model-end', finishReason: 'stop', usage: toUsage(toFields(value['usage']), 0) },
  ];
}

/** Which input each vector belongs to; empty when that is not told of each: then they come in the order of the inputs. */
function readIndexes(data: readonly unknown[]): readonly number[] {
  const told = data.flatMap((one) => {
    const index = toFields(one)?.['index'];
    const isOne = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < data.length;
    return isOne ? [index] : [];
  });
  return new Set(told).size === data.length ? told : [];
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
