import type { CallIdRule } from '../messages/fit-call-ids.ts';
import type { LateSystem } from '../messages/gather-system.ts';

/** Fields of assistant messages and tool calls beside OpenAI's own. */
export const returnableFields = [
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'thinking_blocks',
  'extra_content',
  'provider_specific_fields',
] as const;
export type ReturnableField = (typeof returnableFields)[number];

/** In what the servers that speak OpenAI's chat completions differ, as far as it decides what may be sent to them. */
export interface Dialect {
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Whether usage may be asked for. */
  readonly streamOptions: boolean;
  /** What of its earlier answers goes back to it. */
  readonly returns: readonly ReturnableField[];
  readonly lateSystem: LateSystem;
  /** Whether it knows top_k, min_p and repetition_penalty. */
  readonly extraSampling: boolean;
  /** Absent: any id. */
  readonly callIds?: CallIdRule;
}

/** For servers of one's own (vLLM, llama.cpp, Ollama, …), which pass over what they do not know. */
const usual: Dialect = {
  maxTokensField: 'max_tokens',
  streamOptions: true,
  returns: returnableFields,
  lateSystem: 'system',
  extraSampling: true,
};

const openAi: Partial<Dialect> = {
  // Its reasoning models refuse the older name, other servers may not know the newer one.
  maxTokensField: 'max_completion_tokens',
  returns: [],
  extraSampling: false,
  // Source: its 400 "string too long. Expected a string with maximum length 40".
  callIds: { pattern: /^.{1,40}$/s, make: (digest) => `call_${digest.slice(0, 24)}`, mayRepeat: true },
};

interface Row {
  readonly host: RegExp;
  readonly differs: Partial<Dialect>;
}

/** Servers that refuse what they do not know, or want it another way. */
const rows: readonly Row[] = [
  { host: /^api\.openai\.com$/, differs: openAi },
  { host: /\.(openai|services\.ai|cognitiveservices)\.azure\.com$/, differs: openAi },
  {
    host: /^api\.mistral\.ai$/,
    differs: {
      returns: [],
      // Source: its 400 "Tool call id … must be a-z, A-Z, 0-9, with a length of 9".
      callIds: { pattern: /^[a-zA-Z0-9]{9}$/, make: (digest) => digest.slice(0, 9), mayRepeat: true },
    },
  },
  { host: /^api\.groq\.com$/, differs: { returns: ['reasoning'], extraSampling: false } },
  { host: /^api\.cerebras\.ai$/, differs: { returns: ['reasoning'], extraSampling: false } },
  { host: /^api\.fireworks\.ai$/, differs: { returns: ['reasoning_content'] } },
  {
    host: /^generativelanguage\.googleapis\.com$/,
    differs: { returns: ['extra_content'], extraSampling: false },
  },
  { host: /^openrouter\.ai$/, differs: { returns: ['reasoning', 'reasoning_details'] } },
];

/** What the server at `hostname` takes; `settings` say otherwise where they are given. */
export function findDialect(hostname: string, settings: Partial<Dialect> = {}): Dialect {
  const row = rows.find(({ host }) => host.test(hostname));
  return { ...usual, ...row?.differs, ...settings };
}
