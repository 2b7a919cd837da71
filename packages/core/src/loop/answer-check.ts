import { CaluteError } from '../errors.ts';
import type { ModelCall, ModelProvider } from '../models/model-provider.ts';
import type { VisibleEvent } from '../runs/run-event.ts';
import type { AgentRun, AnswerDemand } from './agent-run.ts';
import { askAgain } from './answer/ask-again.ts';
import {
  type AnswerFormat,
  createFindAnswerFault,
  type FindAnswerFault,
} from './answer/create-find-answer-fault.ts';
import { unfence } from './answer/unfence.ts';
import { type Pass, StepReader, type StepResult } from './step-reader.ts';

/** The last step of a run and what it was asked with. */
export interface LastStep {
  readonly result: StepResult;
  readonly provider: ModelProvider;
  readonly call: ModelCall;
  /** Whether the run may call the model once more. */
  readonly mayAskAgain: boolean;
  /** Whether a call is not for the client. */
  readonly isKeptBack: (name: string) => boolean;
}

/** Holds the answer of one run to the `response_format` of its request. */
export interface AnswerCheck {
  /**
   * What of a step's events goes on to the client. Of a provider that does not enforce the format the text is kept back:
   * whether it is the answer, and a good one, is known only at the end. Text beside calls of the agent's own tools is then
   * never shown, since nothing can stand in front of an answer in JSON; the model is told of it as always.
   */
  watch(provider: ModelProvider): Pass;
  /**
   * Shows what was kept back once it is valid, and returns the step that ended the run. When it is not, the model is asked
   * a second time and told the fault; a crash meanwhile costs that call only, because nothing of the answer has been shown.
   * What a limit or a filter cut off, and calls of the client's tools, pass as they are: their finish reason says so.
   * Throws CaluteError `invalid_structured_output`.
   */
  settle(last: LastStep): AsyncGenerator<readonly VisibleEvent[], StepResult>;
}

/** Kept text needs a bound of its own. */
const maxKeptLength = 1_048_576;

/** Undefined for a request that asks for no format, which so pays nothing. */
export function createAnswerCheck(run: AgentRun): AnswerCheck | undefined {
  const format = run.request.response_format;
  if (format === undefined || format.type === 'text') return undefined;
  const provider = run.resolveModel(run.agent.model);
  const { demand } = run;
  const before =
    !demand && enforces(provider, format) ? (run.committed ?? []).map(({ text }) => text).join('') : '';
  const state: CheckState = {
    format,
    demand,
    findFault: demand?.findFault ?? createFindAnswerFault(format),
    kept: [],
    keptLength: 0,
    unfenced: undefined,
    shown: before,
  };
  return {
    watch: (asked) => watch(state, asked),
    settle: (last) => settle(run, state, last),
  };
}

interface CheckState {
  readonly format: AnswerFormat;
  /** No provider enforces it. */
  readonly demand: AnswerDemand | undefined;
  readonly findFault: FindAnswerFault;
  /** The text of the current step, unless it went on at once. */
  kept: VisibleEvent[];
  keptLength: number;
  /** What it is without the code fence around it, if that is what makes it good. */
  unfenced: string | undefined;
  /** All text that went on at once: what a client sees is checked, and it sees one text. */
  shown: string;
}

function watch(state: CheckState, provider: ModelProvider): Pass {
  state.kept = [];
  state.keptLength = 0;
  const isKept = keeps(state, provider);
  return (events) =>
    events.filter((event) => {
      if (event.type === 'text-delta') return !visitText(state, event, isKept);
      // What belongs to an answer that is not shown would be taken for part of the one that is.
      if (event.type !== 'opaque-delta' || !isKept) return true;
      state.kept.push(event);
      return false;
    });
}

/** Whether the text stays here. */
function visitText(
  state: CheckState,
  event: VisibleEvent & { type: 'text-delta' },
  isKept: boolean,
): boolean {
  if (!isKept) {
    state.shown += event.text;
    return false;
  }
  state.kept.push(event);
  state.keptLength += event.text.length;
  if (state.keptLength <= maxKeptLength) return true;
  throw new CaluteError(
    'output_too_large',
    'The model gave more than 1 MB for an answer in the format asked for.',
  );
}

async function* settle(
  run: AgentRun,
  state: CheckState,
  { result, provider, call, mayAskAgain, isKeptBack }: LastStep,
): AsyncGenerator<readonly VisibleEvent[], StepResult> {
  const isKept = keeps(state, provider);
  takeOffFence(state, result, isKept);
  const fault = findFault(state, result, isKept);
  if (fault === undefined) {
    if (state.kept.length > 0) yield state.kept;
    return result;
  }
  if (!isKept || !mayAskAgain) throw toError(state, fault);
  const again = askAgain(call, { answer: result.text, fault, format: state.format });
  const reader = new StepReader(isKeptBack, watch(state, provider));
  for await (const events of provider.stream(again, run.signal, run.patience)) {
    const visible = reader.read(events);
    if (visible.length > 0) yield visible;
    if (reader.isOver) break;
  }
  const second = reader.result();
  takeOffFence(state, second, isKept);
  const stillFault = findFault(state, second, isKept);
  run.note?.({ type: 'answer-repaired', outcome: stillFault === undefined ? 'valid' : 'invalid' });
  if (stillFault !== undefined) throw toError(state, stillFault);
  if (state.kept.length > 0) yield state.kept;
  return second;
}

/** Only where the answer is good without it and not with it: a fence may be what was asked for. */
function takeOffFence(state: CheckState, result: StepResult, isKept: boolean): void {
  state.unfenced = undefined;
  if (!isKept || state.shown !== '' || findFault(state, result, isKept) === undefined) return;
  const text = unfence(result.text);
  if (text === undefined || state.findFault(text) !== undefined) return;
  state.unfenced = text;
  // Its logprobs go with it: they are those of the text with the fence.
  state.kept = [{ type: 'text-delta', text }, ...state.kept.filter(({ type }) => type !== 'text-delta')];
}

function findFault(state: CheckState, result: StepResult, isKept: boolean): string | undefined {
  const { finishReason, clientCalls, ownCalls, text } = result;
  if (clientCalls > 0 || finishReason === 'length' || finishReason === 'content_filter') return undefined;
  if (ownCalls.length > 0) return 'It is a call of a tool.';
  // Of a team, one may have spoken at once before another whose text was kept.
  return state.findFault(isKept ? state.shown + (state.unfenced ?? text) : state.shown);
}

/** Whether the text is held back until it is known to be good. */
function keeps({ demand, format }: CheckState, provider: ModelProvider): boolean {
  return demand !== undefined || !enforces(provider, format);
}

function enforces(provider: ModelProvider, format: AnswerFormat): boolean {
  return provider.enforcesFormat?.(format) === true;
}

function toError({ demand }: CheckState, fault: string): CaluteError {
  const message = demand
    ? `The model gave no usable ${demand.what}.`
    : `The model's answer does not fit the response_format.`;
  return new CaluteError('invalid_structured_output', `${message} ${fault}`);
}
