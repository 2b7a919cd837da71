import type { Agent } from '../../agent/agent.ts';
import type { ModelCall, ModelEvent, ModelProvider } from '../../models/model-provider.ts';
import type { AgentRequest } from '../../request/agent-request.ts';
import { decodeEvents, encodeEvents } from '../../runs/frame-payload.ts';
import type { RunUsage } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { CommittedStep } from '../../runs/run-history.ts';
import { runAgent } from '../run-agent.ts';

/** What each call of the scripted model uses. */
const usage: RunUsage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };

export interface ScriptedRun {
  readonly agent: Agent;
  /** What the model says to a call; it is told how many results it has been given, and so which step this is. */
  answer(call: ModelCall, results: number): readonly ModelEvent[];
  /** Instead of `answer`. */
  readonly stream?: ModelProvider['stream'];
  readonly request?: Partial<AgentRequest>;
  readonly committed?: readonly CommittedStep[];
  readonly signal?: AbortSignal;
  readonly now?: Date;
}

/** One attempt at a run of an agent on a model that says what it is told to. */
export function startScripted({ agent, answer, stream, ...run }: ScriptedRun) {
  return runAgent({
    agent,
    request: { model: agent.id, messages: [{ role: 'user', content: 'Go' }], ...run.request },
    resolveModel: () => ({
      accepts: new Set(),
      stream:
        stream ??
        async function* (call, signal) {
          signal.throwIfAborted();
          yield answer(call, call.messages.filter(({ role }) => role === 'tool').length);
        },
    }),
    context: {
      runId: 'chatcmpl-1',
      tenant: 'local',
      metadata: {},
      user: undefined,
      now: run.now ?? new Date(0),
    },
    committed: run.committed ?? [],
    signal: run.signal ?? new AbortController().signal,
  });
}

/** All events of an attempt that nothing befalls. */
export async function runScripted(run: ScriptedRun): Promise<RunEvent[]> {
  return (await Array.fromAsync(startScripted(run))).flat();
}

/** What is in the log when the worker dies just before it would store the event, or the failure, after the first `count`. */
export async function storeScripted(run: ScriptedRun, count: number): Promise<RunEvent[]> {
  const stored: RunEvent[] = [];
  try {
    for await (const events of startScripted(run)) {
      if (stored.length === count) break;
      stored.push(...events);
    }
  } catch (error) {
    if (stored.length !== count) throw error;
  }
  return decodeEvents(encodeEvents(stored));
}

/** The end of a model call. */
export function modelEnd(finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter'): ModelEvent {
  return { type: 'model-end', finishReason, usage };
}

/** A call of the tool `name`, whole. */
export function callOf(name: string, index = 0, args = '{}'): ModelEvent[] {
  return [
    { type: 'tool-call', index, id: `call_${name}_${index}`, name },
    { type: 'tool-call-delta', index, arguments: args },
  ];
}
