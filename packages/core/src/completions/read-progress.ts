import { isErrorResult } from '../loop/tools/error-result.ts';
import { readBranchName } from '../runs/branch-name.ts';
import type { CommitEvent, OwnCall } from '../runs/run-event.ts';
import { readTeamProgress, type TeamProgress } from './read-team-progress.ts';

/**
 * What a client that asked for progress is told in the key `calute` of a chunk. Never arguments or results, which may be
 * private.
 */
export type Progress =
  | { readonly event: 'tool-start'; readonly call_id: string; readonly name: string; readonly task?: string }
  | {
      readonly event: 'tool-end';
      readonly call_id: string;
      readonly name: string;
      /** False when the model is told of an error: the tool failed, was too slow, or says so itself. */
      readonly ok: boolean;
      readonly duration_ms?: number;
      /** Of a team. */
      readonly task?: string;
    }
  | { readonly event: 'handoff'; readonly from: string; readonly to: string; readonly task?: string }
  | TeamProgress;

/** Takes the commits of one choice in order; each start and end of a tool, and each handoff, comes out once. */
export type ReadProgress = (event: CommitEvent) => readonly Progress[];

export function createProgressReader(requestedAgent: string): ReadProgress {
  /** Of the last step, by branch. */
  const calls = new Map<string | undefined, readonly OwnCall[]>();
  return (event) => {
    switch (event.type) {
      case 'step-calls':
        calls.set(event.branch, event.calls);
        return readStep(event, requestedAgent).map((progress) => ({ ...progress, ...taskOf(event) }));
      case 'tool-result': {
        const call = calls.get(event.branch)?.[event.index];
        return call === undefined ? [] : [{ ...toToolEnd(call, event), ...taskOf(event) }];
      }
      case 'branch-start':
      case 'branch-end':
        return readTeamProgress(event);
      case 'choice-end':
        return [];
    }
  };
}

function taskOf({ branch }: { readonly branch?: string | undefined }): { readonly task?: string } {
  const task = branch === undefined ? undefined : readBranchName(branch).task;
  return task === undefined ? {} : { task };
}

type StepProgress = Extract<Progress, { event: 'tool-start' | 'tool-end' | 'handoff' }>;

function readStep(
  step: CommitEvent & { type: 'step-calls' },
  requestedAgent: string,
): readonly StepProgress[] {
  const { calls, agent = requestedAgent, handoff } = step;
  if (handoff === undefined) return calls.map(toToolStart);
  // Of several calls that would pass the conversation on the first counts; nothing comes of the others, so they never end.
  const passesOn = (name: string) => name === calls[handoff.index]?.name || name.startsWith('transfer_to_');
  const tools = calls.filter(({ name }) => !passesOn(name));
  return [...tools.map(toToolStart), { event: 'handoff', from: agent, to: handoff.agent }];
}

function toToolStart({ id, name }: OwnCall): StepProgress {
  return { event: 'tool-start', call_id: id, name };
}

function toToolEnd(
  { id, name }: OwnCall,
  { content, durationMs }: CommitEvent & { type: 'tool-result' },
): StepProgress {
  const duration = durationMs === undefined ? {} : { duration_ms: durationMs };
  return { event: 'tool-end', call_id: id, name, ok: !isErrorResult(content), ...duration };
}
