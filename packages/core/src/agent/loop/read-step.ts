import { CaluteError } from '../../errors.ts';
import type { FinishReason, RunUsage } from '../../runs/run-end.ts';
import type { OwnCall, VisibleEvent } from '../../runs/run-event.ts';
import type { ModelEvent } from '../providers/model-provider.ts';

/** What one model call came to. */
export interface StepResult {
  readonly text: string;
  readonly ownCalls: readonly OwnCall[];
  /** How many calls went to the client. */
  readonly clientCalls: number;
  readonly finishReason: FinishReason;
  readonly usage: RunUsage;
  readonly serviceTier: string | undefined;
}

interface StepState {
  readonly ownCalls: Map<number, OwnCall>;
  /** The model's index of a client's call to the index that the client sees. */
  readonly clientIndexes: Map<number, number>;
  text: string;
  ownBytes: number;
}

/** What of the events that came at once goes on to the client. */
export type Pass = (events: readonly VisibleEvent[]) => readonly VisibleEvent[];

/** The agent's own calls are kept back until they are complete, so they need a bound of their own. */
const maxOwnArgumentLength = 1_048_576;

/**
 * Passes on what a client may see of one model call and returns what it came to. Calls of the agent's own tools, told by
 * `isOwn`, are kept back; those for the client get dense indexes from 0. `pass` may keep back more.
 */
export async function* readStep(
  stream: AsyncIterable<readonly ModelEvent[]>,
  isOwn: (name: string) => boolean,
  pass?: Pass,
): AsyncGenerator<readonly VisibleEvent[], StepResult> {
  const state: StepState = { ownCalls: new Map(), clientIndexes: new Map(), text: '', ownBytes: 0 };
  for await (const events of stream) {
    const visible: VisibleEvent[] = [];
    let end: ModelEnd | undefined;
    for (const event of events) {
      if (event.type === 'model-end') end = event;
      else visit(event, { state, visible, isOwn });
    }
    const passed = pass === undefined ? visible : pass(visible);
    if (passed.length > 0) yield passed;
    if (end) return toResult(state, end);
  }
  throw new CaluteError('upstream_cut', 'The model provider ended its answer without saying why.');
}

type ModelEnd = ModelEvent & { type: 'model-end' };

interface Visit {
  readonly state: StepState;
  /** What the client is shown of this piece of the stream. */
  readonly visible: VisibleEvent[];
  readonly isOwn: (name: string) => boolean;
}

function visit(event: VisibleEvent, { state, visible, isOwn }: Visit): void {
  switch (event.type) {
    case 'text-delta':
      state.text += event.text;
      visible.push(event);
      return;
    case 'reasoning-delta':
      visible.push(event);
      return;
    case 'tool-call': {
      const { index, id, name } = event;
      if (isOwn(name)) {
        state.ownCalls.set(index, { id, name, arguments: '' });
        return;
      }
      const shownIndex = state.clientIndexes.size;
      state.clientIndexes.set(index, shownIndex);
      visible.push({ ...event, index: shownIndex });
      return;
    }
    case 'tool-call-delta': {
      const shown = visitArguments(event, state);
      if (shown) visible.push(shown);
    }
  }
}

function visitArguments(
  event: VisibleEvent & { type: 'tool-call-delta' },
  state: StepState,
): VisibleEvent | undefined {
  const own = state.ownCalls.get(event.index);
  if (own === undefined) return { ...event, index: state.clientIndexes.get(event.index) ?? event.index };
  own.arguments += event.arguments;
  state.ownBytes += event.arguments.length;
  if (state.ownBytes > maxOwnArgumentLength) {
    throw new CaluteError('output_too_large', 'The model called a tool with more than 1 MB of arguments.');
  }
  return undefined;
}

function toResult(state: StepState, end: ModelEnd): StepResult {
  return {
    text: state.text,
    ownCalls: [...state.ownCalls.values()],
    clientCalls: state.clientIndexes.size,
    finishReason: end.finishReason,
    usage: end.usage,
    serviceTier: end.serviceTier,
  };
}
