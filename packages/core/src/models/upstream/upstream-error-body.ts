import { z } from 'zod';
import { readGoogleErrorDetails } from './google-error-details.ts';

/** What an upstream says of a failure, as far as it says it. */
export interface UpstreamFault {
  readonly message?: string | undefined;
  readonly param?: string | undefined;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly isKeyRefused?: boolean;
  readonly isProviderWide?: boolean;
  readonly retryAfterMs?: number | undefined;
}

const maxMessageLength = 2000;
const loose = z
  .unknown()
  .transform((value) => (typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined))
  .optional();
const fields = { message: loose, param: loose, code: loose, type: loose, details: z.unknown().optional() };
// OpenAI nests; vLLM has the fields at the top; Ollama's `error` is a string; FastAPI says `detail`.
const bodySchema = z.union([
  z.object({ error: z.object(fields) }).transform(({ error }) => toFault(error)),
  z.object({ error: z.string() }).transform(({ error }): UpstreamFault => ({ message: error })),
  z.object({ ...fields, message: z.string() }).transform(toFault),
  z.object({ detail: z.string() }).transform(({ detail }): UpstreamFault => ({ message: detail })),
]);

/** Reads a failed response's body, in whichever of the usual shapes; anything else says nothing. */
export function readUpstreamFault(body: string | undefined): UpstreamFault {
  try {
    return readInBandFault(JSON.parse(body ?? ''));
  } catch {
    return {};
  }
}

/** Reads an error object that came within the stream, with or without its `error` envelope. */
export function readInBandFault(value: unknown): UpstreamFault {
  const fault = bodySchema.safeParse(value);
  if (!fault.success) return {};
  return { ...fault.data, message: fault.data.message?.slice(0, maxMessageLength) };
}

function toFault({ details, ...fault }: UpstreamFault & { readonly details?: unknown }): UpstreamFault {
  return { ...fault, ...readGoogleErrorDetails(details) };
}
