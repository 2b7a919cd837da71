import { isErrorResult } from '../loop/tools/error-result.ts';
import type { CommitEvent, OwnCall } from '../runs/run-event.ts';

/**
 * What a client that asked for progress is told in the key `calute` of a chunk. Never arguments or results, which may be
 * private.
 */
export type Progress =
  | { readonly event: 'tool-start'; readonly call_id: string; readonly name: string }
  | {
      readonly event: 'tool-end';
      readonly call_id: string;
      readonly name: string;
      /** False when the model is told of an error: the tool failed, was too slow, or says so itself. */
      readonly ok: boolean;
      readonly duration_ms?: number;
    }
  | { readonly event: 'handoff'; readonly from: string; readonly to: string };

/** Takes the commits of one choice in order; each start and end of a tool, and each handoff, comes out once. */
export type ReadProgress = (event: CommitEvent) => readonly Progress[];

export function createProgressReader(requestedAgent: string): ReadProgress {
  let calls: readonly OwnCall[] = [];
  return (event) => {
    switch (event.type) {
      case 'step-calls':
        calls = event.calls;
        return readStep(event, requestedAgent);
      case 'tool-result': {
        const call = calls[event.index];
        return call === undefined ? [] : [toToolEnd(call, event)];
      }
      case 'choice-end':
        return [];
    }
  };
}

function readStep(step: CommitEvent & { type: 'step-calls' }, requestedAgent: string): readonly Progress[] {
  const { calls, agent = requestedAgent, handoff } = step;
  if (handoff === undefined) return calls.map(toToolStart);
  // Of several calls that would pass the conversation on the first counts; nothing comes of the others, so they never end.
  const passesOn = (name: string) => name === calls[handoff.index]?.name || name.startsWith('transfer_to_');
  const tools = calls.filter(({ name }) => !passesOn(name));
  return [...tools.map(toToolStart), { event: 'handoff', from: agent, to: handoff.agent }];
}

function toToolStart({ id, name }: OwnCall): Progress {
  return { event: 'tool-start', call_id: id, name };
}

function toToolEnd(
  { id, name }: OwnCall,
  { content, durationMs }: CommitEvent & { type: 'tool-result' },
): Progress {
  const duration = durationMs === undefined ? {} : { duration_ms: durationMs };
  return { event: 'tool-end', call_id: id, name, ok: !isErrorResult(content), ...duration };
}
