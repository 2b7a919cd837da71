import type { ModelCall } from '../../models/model-provider.ts';
import type { Message } from '../../request/message.ts';

/** Estimates of one run; each message is looked at once, however often it is sent. */
export interface TokenCounter {
  ofMessage(message: Message): number;
  /** Of what goes along with each call: tools and format. */
  ofFrame(call: ModelCall): number;
}

/** Roles and separators. Source: OpenAI's cookbook, "How to count tokens with tiktoken": 3, and one for what follows. */
const tokensPerMessage = 4;
/** Providers charge from 85 to about 1,600, by size and model. */
const tokensPerImage = 1000;
/** Sound is some 10 tokens a second, a page of a document some 1,000; both by the length of their base64. */
const bytesPerSoundToken = 1000;
const bytesPerFileToken = 16;
/** English has 4 to 5 bytes a token, code about 3, and languages of other scripts as many tokens as 3 to 4 of their bytes. */
const bytesPerToken = 4;

/** One token for each 4 bytes of UTF-8: the usual estimate, made fit for all scripts. Real counts differ by a third. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

export function createTokenCounter(): TokenCounter {
  const counted = new WeakMap<Message, number>();
  return {
    ofMessage(message) {
      const known = counted.get(message);
      if (known !== undefined) return known;
      const tokens = tokensPerMessage + countContent(message) + countReasoning(message) + countCalls(message);
      counted.set(message, tokens);
      return tokens;
    },
    ofFrame: ({ tools, parameters }) =>
      (tools.length > 0 ? estimateTokens(JSON.stringify(tools)) : 0) +
      (parameters.response_format === undefined
        ? 0
        : estimateTokens(JSON.stringify(parameters.response_format))),
  };
}

/** Of an answer that goes back with it. */
function countReasoning(message: Message): number {
  if (message.role !== 'assistant') return 0;
  return estimateTokens(message.reasoning_content ?? message.reasoning ?? '');
}

function countContent({ content }: Message): number {
  if (content === undefined || content === null) return 0;
  if (typeof content === 'string') return estimateTokens(content);
  return content.reduce((sum, part) => sum + countPart(part), 0);
}

type Part = Exclude<Message['content'], string | null | undefined>[number];

function countPart(part: Part): number {
  switch (part.type) {
    case 'text':
      return estimateTokens(part.text);
    case 'refusal':
      return estimateTokens(part.refusal);
    case 'image_url':
      return tokensPerImage;
    case 'input_audio':
      return Math.ceil(part.input_audio.data.length / bytesPerSoundToken);
    case 'file':
      return Math.ceil((part.file.file_data?.length ?? 0) / bytesPerFileToken);
  }
}

function countCalls(message: Message): number {
  if (message.role !== 'assistant') return 0;
  const { tool_calls: calls = [], function_call: legacy, refusal = '' } = message;
  const functions = [...calls.map((call) => call.function), ...(legacy === undefined ? [] : [legacy])];
  const texts = [refusal, ...functions.flatMap(({ name, arguments: args }) => [name, args])];
  return texts.reduce((sum, text) => sum + estimateTokens(text), 0);
}
