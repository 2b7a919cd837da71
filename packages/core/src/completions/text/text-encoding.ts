import { type CaluteError, toErrorBody } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { QueuePlace } from '../../run-store/backlog/backlog.ts';
import { type CompletedEnd, toClientError } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { encodeUsage, type Usage } from '../encode-usage.ts';
import type { EncodedRun, Encoder, Gatherer, RunEncoding } from '../run-encoding.ts';
import type { EncodedEvent } from '../sse-event.ts';
import { joinLogprobs, type TextLogprobs } from './text-logprobs.ts';

/** OpenAI's completions of the older kind: a text that goes on. */
export interface TextCompletion extends TextHead {
  readonly choices: readonly TextChoice[];
  readonly usage: Usage;
}

interface TextHead {
  readonly id: string;
  readonly object: 'text_completion';
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
}

interface TextChoice {
  readonly index: 0;
  readonly text: string;
  readonly logprobs: TextLogprobs | null;
  readonly finish_reason: CompletedEnd['finishReason'] | null;
}

/** The wire format of `/v1/completions`. */
export function openTextEncoding(runId: RunId, { createdMs, request }: EncodedRun): TextEncoding {
  const head = {
    id: runId.replace(/^chat/, ''),
    object: 'text_completion',
    created: Math.floor(createdMs / 1000),
    model: request.chat.model,
  } as const;
  return new TextEncoding(head, request.chat.stream_options?.include_usage === true);
}

class TextEncoding implements RunEncoding<TextCompletion> {
  readonly firstEventId = 1;
  readonly openAfterMs = undefined;
  /** There is nothing beside the text. */
  readonly showEvents = false;
  readonly #head: TextHead;
  readonly #includeUsage: boolean;

  constructor(head: TextHead, includeUsage: boolean) {
    this.#head = head;
    this.#includeUsage = includeUsage;
  }

  createEncoder() {
    return new TextEncoder(this.#head, this.#includeUsage);
  }

  createGatherer() {
    return new TextGatherer(this.#head);
  }

  encodePlace({ position }: QueuePlace): EncodedEvent {
    return { data: JSON.stringify({ ...this.#head, choices: [], calute: { event: 'queued', position } }) };
  }
}

class TextEncoder implements Encoder {
  readonly #head: TextHead;
  readonly #includeUsage: boolean;

  constructor(head: TextHead, includeUsage: boolean) {
    this.#head = head;
    this.#includeUsage = includeUsage;
  }

  open(): readonly EncodedEvent[] {
    return [];
  }

  encode(event: RunEvent): readonly EncodedEvent[] {
    if (event.type === 'text-delta') return [this.#chunk(toChoice(event.text, event.logprobs))];
    if (event.type !== 'run-end') return [];
    const { end } = event;
    if (end.reason !== 'completed') return [encodeFailure(toClientError(end, false))];
    const last = this.#chunk({ ...toChoice(''), finish_reason: end.finishReason });
    if (!this.#includeUsage) return [last, done];
    const usage = { ...this.#head, choices: [], usage: encodeUsage(end) };
    return [last, { data: JSON.stringify(usage) }, done];
  }

  #chunk(choice: TextChoice): EncodedEvent {
    const usage = this.#includeUsage ? { usage: null } : {};
    return { data: JSON.stringify({ ...this.#head, choices: [choice], ...usage }) };
  }
}

const done: EncodedEvent = { data: '[DONE]' };

class TextGatherer implements Gatherer<TextCompletion> {
  readonly #head: TextHead;
  readonly #texts: string[] = [];
  readonly #logprobs: unknown[] = [];

  constructor(head: TextHead) {
    this.#head = head;
  }

  add(event: RunEvent): void {
    if (event.type !== 'text-delta') return;
    this.#texts.push(event.text);
    this.#logprobs.push(...(event.logprobs ?? []));
  }

  finish(end: CompletedEnd): TextCompletion {
    const choice = { ...toChoice(this.#texts.join(''), this.#logprobs), finish_reason: end.finishReason };
    return { ...this.#head, choices: [choice], usage: encodeUsage(end) };
  }

  fail = (end: Parameters<typeof toClientError>[0]) => toClientError(end, false);
}

function toChoice(text: string, logprobs: readonly unknown[] = []): TextChoice {
  return { index: 0, text, logprobs: joinLogprobs(logprobs), finish_reason: null };
}

function encodeFailure(error: CaluteError): EncodedEvent {
  return { data: JSON.stringify(toErrorBody(error)), error };
}
