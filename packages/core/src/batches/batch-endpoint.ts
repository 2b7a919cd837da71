import type { ChunkHeader } from '../completions/encode-chunks.ts';
import type { CaluteError } from '../errors.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { CompletedEnd, RunEnd } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';

/** Gathers the events of one run to the body of its answer. */
export interface AnswerGatherer {
  add(event: Exclude<RunEvent, { type: 'run-end' }>): void;
  finish(end: CompletedEnd): object;
  fail(end: Exclude<RunEnd, CompletedEnd>): CaluteError;
}

/** What lines may ask for: an endpoint of the API whose requests are runs. */
export interface BatchEndpoint {
  /** The run that this body asks for. Throws CaluteError, as the endpoint itself would answer. */
  admit(body: unknown): Promise<ChatRequest>;
  hasModel(model: string): Promise<boolean>;
  createGatherer(header: ChunkHeader): AnswerGatherer;
}

/** By path: `/v1/chat/completions`. */
export type BatchEndpoints = ReadonlyMap<string, BatchEndpoint>;
