import type { OpenEncoding } from '../completions/run-encoding.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';

/** What lines may ask for: an endpoint of the API whose requests are runs. */
export interface BatchEndpoint {
  /** The run that this body asks for. Throws CaluteError, as the endpoint itself would answer. */
  admit(body: unknown): Promise<ChatRequest>;
  hasModel(model: string): Promise<boolean>;
  /** The wire format of its answers. */
  readonly openEncoding: OpenEncoding<object>;
}

/** By path: `/v1/chat/completions`. */
export type BatchEndpoints = ReadonlyMap<string, BatchEndpoint>;
