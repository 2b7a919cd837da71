import type { CaluteError } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { ResponseEcho } from '../../protocol/responses/response-request.ts';
import type { CompletedEnd, FinishReason, RunEnd, RunUsage } from '../../runs/run-end.ts';
import { encodeNote } from '../encode-note.ts';
import type { OutputItem } from './output-item.ts';
import { toResponseId } from './response-ids.ts';

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';

/** OpenAI's response object; the keys that repeat the request stand in `echoOf`. */
export interface ResponseObject extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly object: 'response';
  readonly status: ResponseStatus;
  readonly output: readonly OutputItem[];
}

/** What is known of a Response before anything is said. */
export interface ResponseHead {
  readonly runId: RunId;
  readonly createdMs: number;
  readonly model: string;
  readonly echo: ResponseEcho;
}

/** How far it has come. */
export interface ResponseState {
  readonly status: ResponseStatus;
  readonly output: readonly OutputItem[];
  readonly end?: RunEnd;
  readonly error?: CaluteError;
}

export function toResponseObject(head: ResponseHead, state: ResponseState): ResponseObject {
  const { runId, createdMs, model, echo } = head;
  const { status, output, end, error } = state;
  const completed = end?.reason === 'completed' ? end : undefined;
  const usage = end?.usage;
  return {
    id: toResponseId(runId),
    object: 'response',
    created_at: Math.floor(createdMs / 1000),
    completed_at: status === 'completed' ? completedAt(completed, createdMs) : null,
    status,
    background: echo.background ?? false,
    error: error === undefined ? null : toResponseError(error),
    incomplete_details:
      status === 'incomplete' ? { reason: incompleteReason(completed?.finishReason) } : null,
    model,
    output,
    ...echoOf(echo),
    service_tier: completed?.serviceTier ?? toTier(echo.service_tier),
    usage: usage === undefined ? null : toUsage(usage),
    ...(completed === undefined ? {} : encodeNote(completed)),
  };
}

/** What a completed run's Response says of itself. */
export function statusOf({ finishReason }: CompletedEnd): 'completed' | 'incomplete' {
  return finishReason === 'length' || finishReason === 'content_filter' ? 'incomplete' : 'completed';
}

/** What the Response of a run that did not complete says: only whoever asked for it can cancel it. */
export function failedStatusOf(end: Exclude<RunEnd, CompletedEnd>): 'failed' | 'cancelled' {
  return end.reason === 'cancelled' && end.by !== 'deadline' ? 'cancelled' : 'failed';
}

function completedAt(end: CompletedEnd | undefined, createdMs: number): number {
  return Math.floor((end?.endedAtMs ?? createdMs) / 1000);
}

function incompleteReason(finishReason: FinishReason | undefined): string {
  return finishReason === 'content_filter' ? 'content_filter' : 'max_output_tokens';
}

function toTier(asked: ResponseEcho['service_tier']): string {
  return asked === undefined || asked === 'auto' ? 'default' : asked;
}

function toUsage({ promptTokens, completionTokens, cachedTokens, reasoningTokens }: RunUsage): object {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}

/** A Response's own codes are few: SDKs take no other. */
function toResponseError({ code, status, message }: CaluteError): object {
  if (code === 'rate_limit_exceeded' || code === 'insufficient_quota')
    return { code: 'rate_limit_exceeded', message };
  return { code: status >= 400 && status < 429 ? 'invalid_prompt' : 'server_error', message };
}

function echoOf(echo: ResponseEcho): object {
  return {
    previous_response_id: echo.previous_response_id ?? null,
    conversation: echo.conversation === undefined ? null : { id: echo.conversation },
    instructions: echo.instructions ?? null,
    tools: (echo.tools ?? []).map(toTool),
    tool_choice: echo.tool_choice ?? 'auto',
    parallel_tool_calls: echo.parallel_tool_calls ?? true,
    max_tool_calls: echo.max_tool_calls ?? null,
    truncation: echo.truncation ?? 'disabled',
    text: { format: toFormat(echo.text?.format), ...toVerbosity(echo.text?.verbosity) },
    reasoning: {
      effort: echo.reasoning?.effort ?? null,
      summary: echo.reasoning?.summary ?? echo.reasoning?.generate_summary ?? null,
    },
    temperature: echo.temperature ?? 1,
    top_p: echo.top_p ?? 1,
    presence_penalty: echo.presence_penalty ?? 0,
    frequency_penalty: echo.frequency_penalty ?? 0,
    top_logprobs: echo.top_logprobs ?? 0,
    max_output_tokens: echo.max_output_tokens ?? null,
    store: echo.store ?? true,
    metadata: echo.metadata ?? {},
    user: echo.user ?? null,
    safety_identifier: echo.safety_identifier ?? null,
    prompt_cache_key: echo.prompt_cache_key ?? null,
  };
}

/** Of a function OpenAI names every key; the others come back as they were sent. */
function toTool(tool: NonNullable<ResponseEcho['tools']>[number]): object {
  if (tool.type !== 'function') return tool;
  const { type, name, description = null, parameters = null, strict = null } = tool;
  return { type, name, description, parameters, strict };
}

type Text = NonNullable<ResponseEcho['text']>;

function toFormat(format: Text['format']): object {
  if (format?.type !== 'json_schema') return format ?? { type: 'text' };
  const { type, name, description, schema, strict } = format;
  return {
    type,
    name,
    description: description ?? null,
    schema: schema ?? {},
    strict: strict ?? false,
  };
}

function toVerbosity(verbosity: Text['verbosity']): object {
  return verbosity === undefined ? {} : { verbosity };
}
