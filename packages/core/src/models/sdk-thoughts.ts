import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { OpaqueFields } from '../runs/opaque-fields.ts';
import { toRedactedDetail, toThoughtDetail } from './anthropic/anthropic-thoughts.ts';
import { toSignatureField } from './google/google-signatures.ts';

/** Reads what a provider wants back with its answer off the parts of a stream. A class, because each answer has one. */
export class SdkThoughts {
  /** The text of each thinking block so far: its signature comes last, and stands for all of it. */
  readonly #texts = new Map<string, string>();

  /** What belongs to the message as a whole. */
  read(part: LanguageModelV4StreamPart): OpaqueFields | undefined {
    switch (part.type) {
      case 'reasoning-start':
        return this.#readRedacted(part);
      case 'reasoning-delta':
        return this.#readSigned(part);
      case 'text-start':
      case 'text-delta':
        return readCallOpaque(part);
      default:
        return undefined;
    }
  }

  #readRedacted({ id, providerMetadata }: LanguageModelV4StreamPart & { type: 'reasoning-start' }) {
    const data = providerMetadata?.['anthropic']?.['redactedData'];
    return typeof data === 'string' ? toRedactedDetail(data, Number(id)) : undefined;
  }

  #readSigned({ id, delta, providerMetadata }: LanguageModelV4StreamPart & { type: 'reasoning-delta' }) {
    const text = (this.#texts.get(id) ?? '') + delta;
    this.#texts.set(id, text);
    const signature = providerMetadata?.['anthropic']?.['signature'];
    return typeof signature === 'string' ? toThoughtDetail(text, signature, Number(id)) : undefined;
  }
}

/** What belongs to one tool call, or to a text. */
export function readCallOpaque({
  providerMetadata,
}: Pick<LanguageModelV4StreamPart & { type: 'tool-call' }, 'providerMetadata'>): OpaqueFields | undefined {
  const signature = providerMetadata?.['google']?.['thoughtSignature'];
  return typeof signature === 'string' ? toSignatureField(signature) : undefined;
}
