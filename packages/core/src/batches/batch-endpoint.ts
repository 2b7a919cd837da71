import type { TenantId } from '../ids.ts';
import type { RunRequest } from '../runs/run-request.ts';

/** Of the request of a run: what the body of a line asks for; it tells the wire format of the answer. */
export type LineRequest = Omit<
  RunRequest,
  'version' | 'showEvents' | 'onDisconnect' | 'attemptTimeoutMs' | 'traceparent'
>;

/** What lines may ask for: an endpoint of the API whose requests are runs. */
export interface BatchEndpoint {
  /** The run that this body asks for. Throws CaluteError, as the endpoint itself would answer. */
  admit(body: unknown, tenant: TenantId): Promise<LineRequest>;
  hasModel(model: string): Promise<boolean>;
}

/** By path: `/v1/chat/completions`. */
export type BatchEndpoints = ReadonlyMap<string, BatchEndpoint>;
