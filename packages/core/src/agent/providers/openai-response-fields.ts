import type { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { z } from 'zod';
import { metadataKey, serviceTierKey } from './sdk-model-end.ts';

const logprobsSchema = z.object({
  choices: z.tuple([z.object({ logprobs: z.object({ content: z.array(z.unknown()) }) })]).rest(z.unknown()),
});
const tierSchema = z.object({ service_tier: z.string() });

/** The `logprobs.content` of the first choice of a chunk; empty when there is none. */
export function readLogprobs(rawChunk: unknown): readonly unknown[] {
  const chunk = logprobsSchema.safeParse(rawChunk);
  return chunk.success ? chunk.data.choices[0].logprobs.content : [];
}

type MetadataExtractor = NonNullable<Parameters<typeof createOpenAICompatible>[0]['metadataExtractor']>;

/** Keeps the last `service_tier` that the chunks of a stream name. */
export const serviceTierExtractor: MetadataExtractor = {
  extractMetadata: async ({ parsedBody }) => toMetadata(readTier(parsedBody)),
  createStreamExtractor: () => {
    let tier: string | undefined;
    return {
      processChunk: (chunk) => {
        tier = readTier(chunk) ?? tier;
      },
      buildMetadata: () => toMetadata(tier),
    };
  },
};

function readTier(chunk: unknown): string | undefined {
  // Most upstreams never name a tier; a look is cheaper than a parse for every token.
  if (typeof chunk !== 'object' || chunk === null || !('service_tier' in chunk)) return undefined;
  return tierSchema.safeParse(chunk).data?.service_tier;
}

function toMetadata(tier: string | undefined) {
  return tier === undefined ? undefined : { [metadataKey]: { [serviceTierKey]: tier } };
}
