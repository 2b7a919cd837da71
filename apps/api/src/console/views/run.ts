import { runIdSchema } from '@calute/core/ids';
import type { RunState } from '@calute/core/run-store/journal/run-state';
import type { RunHeader } from '@calute/core/run-store/run-log';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import type { MirroredRun } from '../runs/mirrored-run.ts';
import { createTimelineReader } from '../runs/read-timeline.ts';
import type { Timeline, TimelineItem } from '../runs/timeline.ts';
import type { View } from './view.ts';

const querySchema = z.object({ id: runIdSchema });
const mostMessages = 100;
const mostMessageCharacters = 16 * 1024;

/** One run: where it is, who worked on it, what happened; what was said only for who may see it. */
export const run: View = ({ sources, mirror }, { query, content }) => {
  const { id } = parseFields(querySchema, query);
  const reader = createTimelineReader(sources.log, id);
  return async () => {
    const [[state], [place]] = await Promise.all([
      sources.runStates([id]),
      sources.backlog.find([id]),
      reader.read(),
      mirror.refresh(),
    ]);
    const { timeline, header } = reader;
    return {
      id,
      ...(state ? describeState(state) : {}),
      position: place?.position,
      starts_in_ms: place?.waitMs,
      ...(header ? describeRequest(header, content) : {}),
      work: describeWork(mirror.find(id)),
      items: timeline.items.map((item) => toItem(item, content)),
      left_out: timeline.leftOut,
      content: content ? describeAnswer(timeline) : undefined,
    };
  };
};

function describeState({ tenant, createdMs, deadlineMs, phase, end, losses, place, attempts }: RunState) {
  return {
    tenant,
    created_at_ms: createdMs,
    deadline_at_ms: deadlineMs,
    phase,
    end,
    losses,
    class: place.split(' ', 1)[0],
    attempts: attempts.map(({ attempt, atMs, worker }) => ({ attempt, at_ms: atMs, worker })),
  };
}

function describeRequest({ request }: RunHeader, content: boolean) {
  const { model, messages, stream, tools, n, temperature, top_p, max_tokens, max_completion_tokens } =
    request.chat;
  return {
    agent: model,
    request: {
      stream: stream === true,
      n: n ?? 1,
      temperature,
      top_p,
      max_tokens: max_completion_tokens ?? max_tokens,
      tools: (tools ?? []).map((tool) => (tool.type === 'function' ? tool.function.name : tool.type)),
      on_disconnect: request.onDisconnect ?? 'cancel',
      messages: messages.length,
    },
    messages: content ? messages.slice(-mostMessages).map(toMessage) : undefined,
  };
}

/** Of each message the role and the text; what else it holds is said in a word. */
function toMessage(message: RunHeader['request']['chat']['messages'][number]) {
  const { role, content } = message;
  const text =
    typeof content === 'string'
      ? content
      : (content ?? []).map((part) => ('text' in part ? String(part.text) : `[${part.type}]`)).join('\n');
  const isCut = text.length > mostMessageCharacters;
  return { role, text: isCut ? `${text.slice(0, mostMessageCharacters)}…` : text };
}

function describeWork(mirrored: MirroredRun | undefined) {
  const work = mirrored?.ended?.work;
  return (
    work && {
      worker: work.worker,
      waited_ms: work.waitedMs,
      first_ms: work.firstMs,
      total_ms: work.totalMs,
      prompt_tokens: work.promptTokens,
      completion_tokens: work.completionTokens,
      cost_usd: work.costUsd,
    }
  );
}

function describeAnswer({ answer, reasoning }: Timeline) {
  return { answer: answer.text, cut_before: answer.cutBefore, reasoning: reasoning.text };
}

function toItem(item: TimelineItem, content: boolean) {
  switch (item.kind) {
    case 'step': {
      const calls = item.calls.map(({ name, isHandoff, durationMs, result, arguments: given }) => ({
        name,
        is_handoff: isHandoff,
        duration_ms: durationMs,
        done: result !== undefined,
        arguments: content ? given : undefined,
        result: content ? result : undefined,
      }));
      return { ...item, calls };
    }
    case 'branch': {
      const { result, durationMs, ...known } = item;
      return {
        ...known,
        done: result !== undefined,
        duration_ms: durationMs,
        result: content ? result : undefined,
      };
    }
    case 'end':
      return { kind: item.kind, ...describeEnd(item.end, content) };
    case 'text':
    case 'reasoning':
    case 'client-call':
    case 'choice-end':
      return item;
  }
}

function describeEnd(end: Extract<TimelineItem, { kind: 'end' }>['end'], content: boolean) {
  const { reason, usage } = end;
  const tokens = usage && {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    cost_usd: usage.costUsd,
  };
  switch (end.reason) {
    case 'completed':
      return {
        reason,
        detail: end.finishReason,
        agent: end.agent,
        processing_ms: end.processingMs,
        ...tokens,
      };
    case 'cancelled':
      return { reason, detail: end.by, ...tokens };
    case 'failed':
      return { reason, detail: end.code, message: content ? end.message : undefined, ...tokens };
  }
}
