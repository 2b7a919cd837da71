import { type CaluteError, toErrorBody } from '../errors.ts';
import { type RunEnd, toClientError } from '../runs/run-end.ts';
import { isVisible, type RunEvent, type VisibleEvent } from '../runs/run-event.ts';
import { encodeUsage } from './encode-usage.ts';

/** What stands in every chunk of a stream, the same for every reader of the run. */
export interface ChunkHeader {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly includeUsage: boolean;
}

/** The `data:` of one server-sent event; `error` when it reports a failure. */
export interface EncodedChunk {
  readonly data: string;
  readonly error?: CaluteError;
}

/**
 * Turns a run's events, from the first on, into `chat.completion.chunk`s: the role comes with the first thing that is
 * visible, a failure becomes an error envelope without `[DONE]`. The same events always give the same bytes.
 */
export interface ChunkEncoder {
  encode(event: RunEvent): readonly EncodedChunk[];
}

const nothing: readonly EncodedChunk[] = [];

export function createChunkEncoder({ id, created, model, includeUsage }: ChunkHeader): ChunkEncoder {
  // Every chunk but the last two is this head, a delta and this tail: cheaper than to stringify the whole each time.
  const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[`;
  const usageTail = includeUsage ? ',"usage":null' : '';
  const deltaHead = `${head}{"index":0,"delta":`;
  const deltaTail = `,"finish_reason":null}]${usageTail}}`;
  const roleChunk = { data: `${deltaHead}{"role":"assistant","content":""}${deltaTail}` };
  let opened = false;
  let mayHaveStartedTools = false;

  const chunk = (delta: string, logprobs = '') => {
    const encoded = { data: `${deltaHead}${delta}${logprobs}${deltaTail}` };
    if (opened) return [encoded];
    opened = true;
    return [roleChunk, encoded];
  };
  const finish = (end: Extract<RunEnd, { reason: 'completed' }>): EncodedChunk[] => {
    const tier = end.serviceTier === undefined ? '' : `,"service_tier":${JSON.stringify(end.serviceTier)}`;
    const last = { data: `${deltaHead}{},"finish_reason":"${end.finishReason}"}]${tier}${usageTail}}` };
    const usage = { data: `${head}]${tier},"usage":${JSON.stringify(encodeUsage(end))}}` };
    const done = { data: '[DONE]' };
    return [...(opened ? [] : [roleChunk]), last, ...(includeUsage ? [usage] : []), done];
  };
  return {
    encode(event) {
      if (isVisible(event)) return chunk(encodeDelta(event), encodeLogprobs(event));
      mayHaveStartedTools ||= event.type === 'step-calls';
      if (event.type !== 'run-end') return nothing;
      return event.end.reason === 'completed'
        ? finish(event.end)
        : [encodeFailure(toClientError(event.end, mayHaveStartedTools))];
    },
  };
}

function encodeDelta(event: VisibleEvent): string {
  switch (event.type) {
    case 'text-delta':
      return `{"content":${JSON.stringify(event.text)}}`;
    case 'reasoning-delta': {
      // Clients read one or the other.
      const text = JSON.stringify(event.text);
      return `{"reasoning":${text},"reasoning_content":${text}}`;
    }
    case 'tool-call': {
      const { index, id, name } = event;
      return JSON.stringify({
        tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
      });
    }
    case 'tool-call-delta':
      return JSON.stringify({
        tool_calls: [{ index: event.index, function: { arguments: event.arguments } }],
      });
  }
}

function encodeLogprobs(event: VisibleEvent): string {
  if (event.type !== 'text-delta' || event.logprobs === undefined) return '';
  return `,"logprobs":${JSON.stringify({ content: event.logprobs, refusal: null })}`;
}

function encodeFailure(error: CaluteError): EncodedChunk {
  return { data: JSON.stringify(toErrorBody(error)), error };
}
