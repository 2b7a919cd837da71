import type { LineRequest } from '@calute/core/batches/batch-endpoint';
import { CaluteError } from '@calute/core/errors';
import type { TenantId } from '@calute/core/ids';
import type { ResponseRequest } from '@calute/core/protocol/responses/response-request';
import type { AdmitResponse } from './admit-response.ts';

/**
 * A line of a batch that asks for a Response. The Response stands in the files of the batch and is not stored besides. Throws as
 * `admitResponse`, and `unsupported_parameter`.
 */
export async function admitResponseLine(
  body: unknown,
  tenant: TenantId,
  admit: AdmitResponse,
): Promise<LineRequest> {
  refuseBesides(body);
  const { chat, request } = await admit(body, { tenant, idempotencyKey: undefined });
  // Nobody asks for the items of what is not stored, and a batch is to hold little of Redis.
  const response: ResponseRequest = { ...request, store: false, input: [] };
  return { chat, response };
}

function refuseBesides(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const { background, conversation } = body as Readonly<Record<string, unknown>>; // because any object has such keys or not
  if (background === true) {
    throw unsupported('background', 'A batch runs in the background as it is; leave out "background".');
  }
  if (conversation !== undefined && conversation !== null) {
    const message = 'Lines of a batch join no conversation; send "input", or "previous_response_id".';
    throw unsupported('conversation', message);
  }
}

function unsupported(param: string, message: string): CaluteError {
  return new CaluteError('unsupported_parameter', message, { param });
}
