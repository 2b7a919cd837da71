import type { LanguageModelV4ToolCallPart } from '@ai-sdk/provider';
import type { OpaqueFields } from '../../runs/opaque-fields.ts';

/** What Gemini signs its thoughts with, in the form of its OpenAI-compatible API, which clients return. */
export function toSignatureField(signature: string): OpaqueFields {
  return { extra_content: { google: { thought_signature: signature } } };
}

/** The signature of a message or a tool call, for the package of the Gemini API. */
export function readSignature({
  extra_content: content,
}: {
  readonly extra_content?: OpaqueFields | undefined;
}): LanguageModelV4ToolCallPart['providerOptions'] {
  const google = content?.['google'];
  if (typeof google !== 'object' || google === null || !('thought_signature' in google)) return undefined;
  const { thought_signature: signature } = google;
  return typeof signature === 'string' ? { google: { thoughtSignature: signature } } : undefined;
}
