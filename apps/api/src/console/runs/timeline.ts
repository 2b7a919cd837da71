import type { RunEnd } from '@calute/core/runs/run-end';
import type { RunEvent } from '@calute/core/runs/run-event';
import { createShownText, type ShownText } from './shown-text.ts';

/** A part of a run, in the order in which it happened. What it says is `arguments`, `result` and `message`: content. */
export type TimelineItem =
  | { readonly kind: 'text' | 'reasoning'; readonly choice: number; characters: number }
  | {
      readonly kind: 'step';
      readonly choice: number;
      /** Of a team's run: the branch that it belongs to. */
      readonly branch: string | undefined;
      readonly agent: string | undefined;
      readonly model: string | undefined;
      readonly calls: readonly TimelineCall[];
      readonly handoff: string | undefined;
      readonly tokens: number;
    }
  | {
      readonly kind: 'branch';
      readonly choice: number;
      readonly branch: string;
      readonly agent: string;
      /** What it came to; undefined while it is under way. */
      result: string | undefined;
      tokens: number | undefined;
      durationMs: number | undefined;
    }
  | { readonly kind: 'client-call'; readonly choice: number; readonly name: string }
  | { readonly kind: 'choice-end'; readonly choice: number }
  | { readonly kind: 'end'; readonly end: RunEnd };

export interface TimelineCall {
  readonly name: string;
  readonly arguments: string;
  readonly isHandoff: boolean;
  result: string | undefined;
  durationMs: number | undefined;
}

/** A run in parts, from its events. */
export interface Timeline {
  readonly items: readonly TimelineItem[];
  /** The answer of the first choice so far. */
  readonly answer: ShownText;
  readonly reasoning: ShownText;
  /** Parts that were left out above the bound. */
  readonly leftOut: number;
  add(event: RunEvent): void;
}

/** More are no use to anybody, and an agent may make very many. */
const mostItems = 500;
const mostContent = 8192;

export function createTimeline(): Timeline {
  const items: TimelineItem[] = [];
  const answer = createShownText();
  const reasoning = createShownText();
  let leftOut = 0;
  const push = (item: TimelineItem) => {
    if (items.length < mostItems || item.kind === 'end') items.push(item);
    else leftOut += 1;
  };
  const lengthen = (kind: 'text' | 'reasoning', choice: number, text: string) => {
    const last = items.at(-1);
    if (last?.kind === kind && last.choice === choice) last.characters += text.length;
    else push({ kind, choice, characters: text.length });
    if (choice === 0) (kind === 'text' ? answer : reasoning).add(text);
  };
  return {
    items,
    answer,
    reasoning,
    get leftOut() {
      return leftOut;
    },
    add(event) {
      switch (event.type) {
        case 'text-delta':
        case 'reasoning-delta':
          return lengthen(event.type === 'text-delta' ? 'text' : 'reasoning', event.choice ?? 0, event.text);
        case 'tool-call':
          return push({ kind: 'client-call', choice: event.choice ?? 0, name: event.name });
        case 'step-calls':
          return push(toStep(event));
        case 'tool-result':
          return settleCall(items, event);
        case 'branch-start':
          return push(toBranch(event));
        case 'branch-end':
          return settleBranch(items, event);
        case 'choice-end':
          return push({ kind: 'choice-end', choice: event.choice ?? 0 });
        case 'run-end':
          return push({ kind: 'end', end: event.end });
        case 'tool-call-delta':
        case 'opaque-delta':
        case 'embedding':
          return;
        default:
          return event satisfies never; // because a new event is to be shown
      }
    },
  };
}

function toStep(event: Extract<RunEvent, { type: 'step-calls' }>): TimelineItem {
  const { calls, handoff, usage, agent, model, branch, choice = 0 } = event;
  return {
    kind: 'step',
    choice,
    branch,
    agent,
    model,
    handoff: handoff?.agent,
    tokens: usage.promptTokens + usage.completionTokens,
    calls: calls.map((call, index) => ({
      name: call.name,
      arguments: cut(call.arguments),
      isHandoff: handoff?.index === index,
      result: undefined,
      durationMs: undefined,
    })),
  };
}

function toBranch({ branch, agent, choice = 0 }: Extract<RunEvent, { type: 'branch-start' }>): TimelineItem {
  return {
    kind: 'branch',
    choice,
    branch,
    agent,
    result: undefined,
    tokens: undefined,
    durationMs: undefined,
  };
}

/** An attempt that begins a branch anew has told of it again: the last one counts. */
function settleBranch(
  items: readonly TimelineItem[],
  event: Extract<RunEvent, { type: 'branch-end' }>,
): void {
  const { branch, choice = 0, text, end } = event;
  const begun = items.findLast(
    (item) => item.kind === 'branch' && item.branch === branch && item.choice === choice,
  );
  if (begun?.kind !== 'branch') return;
  begun.result = cut(text);
  begun.durationMs = end.processingMs;
  begun.tokens = end.usage.promptTokens + end.usage.completionTokens;
}

/** The result of a call of the last step of its choice, or of its branch. */
function settleCall(items: readonly TimelineItem[], event: Extract<RunEvent, { type: 'tool-result' }>): void {
  const { choice = 0, branch } = event;
  const step = items.findLast(
    (item) => item.kind === 'step' && item.choice === choice && item.branch === branch,
  );
  const call = step?.kind === 'step' ? step.calls[event.index] : undefined;
  if (!call) return;
  call.result = cut(event.content);
  call.durationMs = event.durationMs;
}

function cut(text: string): string {
  return text.length > mostContent ? `${text.slice(0, mostContent)}…` : text;
}
