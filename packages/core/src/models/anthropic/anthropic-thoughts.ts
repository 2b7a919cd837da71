import type { LanguageModelV4ReasoningPart } from '@ai-sdk/provider';
import type { AssistantMessage } from '../../request/message.ts';
import type { OpaqueFields } from '../../runs/opaque-fields.ts';

/** As OpenRouter calls it, whose clients return such details. */
const format = 'anthropic-claude-v1';

/** A thinking block as an entry of `reasoning_details`. */
export function toThoughtDetail(text: string, signature: string, index: number): OpaqueFields {
  return { reasoning_details: [{ type: 'reasoning.text', text, signature, format, index }] };
}

/** A redacted thinking block as an entry of `reasoning_details`. */
export function toRedactedDetail(data: string, index: number): OpaqueFields {
  return { reasoning_details: [{ type: 'reasoning.encrypted', data, format, index }] };
}

/**
 * The thinking blocks of a message, for Anthropic to check: those that it has signed itself. Also in LiteLLM's form
 * (`thinking_blocks`); anything else is left out, because an unsigned thought would have the request refused.
 */
export function readThoughts({ reasoning_details: details, thinking_blocks: blocks }: AssistantMessage) {
  const thoughts = (details ?? []).flatMap(readDetail);
  return thoughts.length > 0 ? thoughts : (blocks ?? []).flatMap(readBlock);
}

function readDetail(detail: unknown): LanguageModelV4ReasoningPart[] {
  const { format: of, text = '', signature, data } = toFields(detail);
  if (typeof of === 'string' && !of.startsWith('anthropic')) return [];
  return typeof data === 'string' ? toRedacted(data) : toSigned(text, signature);
}

function readBlock(block: unknown): LanguageModelV4ReasoningPart[] {
  const { thinking = '', signature, data } = toFields(block);
  return typeof data === 'string' ? toRedacted(data) : toSigned(thinking, signature);
}

function toSigned(text: unknown, signature: unknown): LanguageModelV4ReasoningPart[] {
  if (typeof text !== 'string' || typeof signature !== 'string' || signature === '') return [];
  return [{ type: 'reasoning', text, providerOptions: { anthropic: { signature } } }];
}

function toRedacted(redactedData: string): LanguageModelV4ReasoningPart[] {
  return [{ type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData } } }];
}

function toFields(value: unknown): OpaqueFields {
  // because an object has string keys, and its values stay unknown
  return typeof value === 'object' && value !== null ? (value as OpaqueFields) : {};
}
