import { toErrorBody } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { QueuePlace } from '../../run-store/backlog/backlog.ts';
import { decodeVector } from '../../runs/embedding-vector.ts';
import { type CompletedEnd, toClientError } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { EncodedRun, Encoder, Gatherer, RunEncoding } from '../run-encoding.ts';
import type { EncodedEvent } from '../sse-event.ts';

/** OpenAI's list of embeddings, in the order of the inputs. */
export interface EmbeddingList {
  readonly object: 'list';
  readonly data: readonly Embedding[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

interface Embedding {
  readonly object: 'embedding';
  readonly index: number;
  /** Base64 of float32 where that was asked for. */
  readonly embedding: readonly number[] | string;
}

/** The wire format of `/v1/embeddings`. */
export function openEmbeddingEncoding(
  _: RunId,
  { request: { chat, direct } }: EncodedRun,
): EmbeddingEncoding {
  const isBase64 = direct?.endpoint === 'embeddings' && direct.encoding_format === 'base64';
  return new EmbeddingEncoding(chat.model, isBase64);
}

class EmbeddingEncoding implements RunEncoding<EmbeddingList> {
  readonly firstEventId = 1;
  readonly openAfterMs = undefined;
  readonly showEvents = false;
  readonly #model: string;
  readonly #isBase64: boolean;

  constructor(model: string, isBase64: boolean) {
    this.#model = model;
    this.#isBase64 = isBase64;
  }

  createEncoder() {
    return new EmbeddingEncoder(this.createGatherer());
  }

  createGatherer() {
    return new EmbeddingGatherer(this.#model, this.#isBase64);
  }

  encodePlace({ position }: QueuePlace): EncodedEvent {
    return { data: JSON.stringify({ calute: { event: 'queued', position } }) };
  }
}

/** For who follows such a run by its id: the whole answer is one event. */
class EmbeddingEncoder implements Encoder {
  readonly #gatherer: EmbeddingGatherer;

  constructor(gatherer: EmbeddingGatherer) {
    this.#gatherer = gatherer;
  }

  open(): readonly EncodedEvent[] {
    return [];
  }

  encode(event: RunEvent): readonly EncodedEvent[] {
    this.#gatherer.add(event);
    if (event.type !== 'run-end') return [];
    if (event.end.reason === 'completed')
      return [{ data: JSON.stringify(this.#gatherer.finish(event.end)) }, { data: '[DONE]' }];
    const error = toClientError(event.end, false);
    return [{ data: JSON.stringify(toErrorBody(error)), error }];
  }
}

class EmbeddingGatherer implements Gatherer<EmbeddingList> {
  readonly #model: string;
  readonly #isBase64: boolean;
  readonly #vectors: { readonly index: number; readonly vector: string }[] = [];

  constructor(model: string, isBase64: boolean) {
    this.#model = model;
    this.#isBase64 = isBase64;
  }

  add(event: RunEvent): void {
    if (event.type === 'embedding') this.#vectors.push(event);
  }

  finish({ usage: { promptTokens } }: CompletedEnd): EmbeddingList {
    const sorted = this.#vectors.toSorted((one, other) => one.index - other.index);
    return {
      object: 'list',
      data: sorted.map(({ index, vector }) => this.#encode(index, vector)),
      model: this.#model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    };
  }

  fail = (end: Parameters<typeof toClientError>[0]) => toClientError(end, false);

  #encode(index: number, vector: string): Embedding {
    return { object: 'embedding', index, embedding: this.#isBase64 ? vector : decodeVector(vector) };
  }
}
