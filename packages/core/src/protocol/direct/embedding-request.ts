import { z } from 'zod';
import type { AskedDirectly } from '../../runs/run-request.ts';
import { chatRequestSchema } from '../chat-request.ts';
import { optional } from '../optional.ts';
import { parseWith } from '../parse-with.ts';
import { givenSchema } from './given-schema.ts';

/** Of one request, as with OpenAI. */
const maxInputs = 2048;
/** More than any model has. */
const maxDimensions = 16_384;

/** The body of `POST /v1/embeddings`. Null equals absent; unknown keys are dropped. Source: OpenAI's OpenAPI document 2.3.0. */
const embeddingRequestSchema = chatRequestSchema
  .pick({ model: true, user: true, service_tier: true })
  .extend({
    input: givenSchema({ mayBeEmpty: false, most: maxInputs }),
    encoding_format: optional(z.enum(['float', 'base64'])),
    dimensions: optional(z.number().int().min(1).max(maxDimensions)),
  });

/** Throws as `parseWith` does. */
export function parseEmbeddingRequest(body: unknown): AskedDirectly {
  const { input, encoding_format, dimensions, ...chat } = parseWith(embeddingRequestSchema, body);
  return {
    chat: { ...chat, messages: [] },
    direct: { endpoint: 'embeddings', input, encoding_format, dimensions },
  };
}
