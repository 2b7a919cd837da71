import { isErrorResult } from '../agent/tools/error-result.ts';
import { readHandoff } from '../runs/read-handoff.ts';
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

/** Takes the commits of one choice in order; each start and end of a tool, and each handoff that succeeded, comes out once. */
export function createProgressReader(agentId: string): (event: CommitEvent) => readonly Progress[] {
  let calls: readonly OwnCall[] = [];
  let from = agentId;

  const endCall = (call: OwnCall, { content, durationMs }: ToolResult): readonly Progress[] => {
    const ok = !isErrorResult(content);
    const to = readHandoff(call);
    if (to === undefined) return [toToolEnd(call, ok, durationMs)];
    if (!ok) return [];
    const handoff = { event: 'handoff', from, to } as const;
    from = to;
    return [handoff];
  };
  return (event) => {
    switch (event.type) {
      case 'step-calls':
        calls = event.calls;
        return calls.filter((call) => readHandoff(call) === undefined).map(toToolStart);
      case 'tool-result': {
        const call = calls[event.index];
        return call === undefined ? [] : endCall(call, event);
      }
      case 'choice-end':
        return [];
    }
  };
}

type ToolResult = CommitEvent & { type: 'tool-result' };

function toToolStart({ id, name }: OwnCall): Progress {
  return { event: 'tool-start', call_id: id, name };
}

function toToolEnd({ id, name }: OwnCall, ok: boolean, durationMs: number | undefined): Progress {
  const duration = durationMs === undefined ? {} : { duration_ms: durationMs };
  return { event: 'tool-end', call_id: id, name, ok, ...duration };
}
