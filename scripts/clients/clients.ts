/** A client that the README shows. */
export interface Client {
  /** As the README has it in bold. */
  readonly name: string;
  /** What its snippet needs, with the versions that it was tried with. */
  readonly packages: readonly string[];
  /** Whether its install has to run scripts of its packages. @defaultValue false */
  readonly ownScripts?: boolean;
  /** What it prints when it has got an answer. */
  readonly prints: RegExp;
}

/** The words that `lorem` may begin with are many; a row of them is no error message. */
const latin = /\b(lorem|ipsum|dolor|sit|amet|magna|sint|labore|laborum|commodo)\b/;

export const clients: readonly Client[] = [
  { name: 'OpenAI SDK, TypeScript', packages: ['openai@7.57.0'], prints: latin },
  {
    name: 'AI SDK',
    packages: ['ai@7.0.173', '@ai-sdk/openai-compatible@3.0.92', 'zod@4.6.7'],
    prints: /\b\d+ tokens\n$/,
  },
  { name: 'LangChain', packages: ['@langchain/openai@1.6.0', '@langchain/core@1.4.0'], prints: latin },
  { name: 'OpenAI Agents SDK', packages: ['@openai/agents@0.20.0', 'zod@4.6.7'], prints: /^Hello\n$/ },
  { name: 'qwen-code', packages: ['@qwen-code/qwen-code@0.24.4'], prints: latin },
  { name: 'opencode', packages: ['opencode-ai@1.18.33'], ownScripts: true, prints: latin },
  { name: 'Codex', packages: ['@openai/codex@0.171.0'], prints: latin },
];
