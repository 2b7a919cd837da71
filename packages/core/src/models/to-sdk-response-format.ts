import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ModelCall } from './model-provider.ts';

type SdkResponseFormat = NonNullable<LanguageModelV4CallOptions['responseFormat']>;

/** OpenAI's `response_format` as AI SDK provider packages take it; undefined for plain text. */
export function toSdkResponseFormat({
  response_format: format,
}: ModelCall['parameters']): SdkResponseFormat | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json' };
  const { name, description, schema } = format.json_schema;
  return {
    type: 'json',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
  };
}
