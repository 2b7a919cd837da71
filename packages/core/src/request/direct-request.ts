/** What an agent may be asked for: conversations, or what its model does with a text by itself. */
export const endpoints = ['chat', 'completions', 'embeddings'] as const;
export type Endpoint = (typeof endpoints)[number];

/** Ids of a tokenizer that the client shares with the model. */
export type Tokens = readonly number[];

/** What a model is given: a text, tokens, or several of either. */
export type Given = string | readonly string[] | Tokens | readonly Tokens[];

/** What a model goes on writing. */
export interface DirectText {
  readonly endpoint: 'completions';
  readonly prompt: string | Tokens;
  readonly suffix?: string | undefined;
  readonly echo?: boolean | undefined;
  /** How many alternatives are told of each token. */
  readonly logprobs?: number | undefined;
}

/** What a model turns into vectors, one for each. */
export interface DirectInputs {
  readonly endpoint: 'embeddings';
  readonly input: Given;
  readonly encoding_format?: 'float' | 'base64' | undefined;
  readonly dimensions?: number | undefined;
}

/**
 * A request that goes to the model as it is, once, without the agent's instructions, tools and handoffs. What it has in
 * common with others (model, sampling values) stands in the `AgentRequest` beside it, which has no messages.
 */
export type DirectRequest = DirectText | DirectInputs;

/** About how many tokens the model has to read: four characters are one. */
export function countInputTokens(direct: DirectRequest): number {
  const given = direct.endpoint === 'completions' ? direct.prompt : direct.input;
  if (typeof given === 'string') return given.length / 4;
  let tokens = 0;
  for (const one of given)
    tokens += typeof one === 'number' ? 1 : typeof one === 'string' ? one.length / 4 : one.length;
  return tokens;
}

/** How many vectors an answer has to have. */
export function countInputs({ input }: DirectInputs): number {
  return typeof input === 'string' || typeof input[0] === 'number' ? 1 : input.length;
}
