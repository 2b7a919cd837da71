import { countInputs, type DirectInputs } from '../../../protocol/direct/direct-request.ts';
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
  const events = data.map((one, at): ModelEvent => {
    const { index, embedding } = toFields(one) ?? {};
    if (!isVector(embedding)) throw createBadChunkError(upstream, 'an embedding that is no vector');
    return {
      type: 'embedding',
      index: typeof index === 'number' ? index : at,
      vector: encodeVector(embedding),
    };
  });
  return [
    ...events,
    { type: 'model-end', finishReason: 'stop', usage: toUsage(toFields(value['usage']), 0) },
  ];
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
