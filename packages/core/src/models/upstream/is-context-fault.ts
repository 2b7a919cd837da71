import type { UpstreamFault } from './upstream-error-body.ts';

/**
 * Whether an upstream says that the conversation is longer than its model takes. Some say it in prose only, which is not
 * read. Sources: OpenAI and those that copy it (code), llama.cpp's server (type), vLLM from 0.16 (param).
 */
export function isContextFault({ code, type, param }: UpstreamFault): boolean {
  return (
    code === 'context_length_exceeded' || type === 'exceed_context_size_error' || param === 'input_tokens'
  );
}
