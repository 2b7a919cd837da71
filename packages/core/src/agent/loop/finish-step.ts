import { CaluteError } from '../../errors.ts';
import type { ChatMessage } from '../../protocol/chat-message.ts';
import type { OwnCall, RunEvent } from '../../runs/run-event.ts';
import type { CommittedStep } from '../../runs/run-history.ts';
import type { Agent, Tool } from '../agent.ts';
import { findHandoff } from '../team/handoff-tool.ts';
import { isOwnTool } from '../tools/collect-tools.ts';
import { errorResult, executeTool } from '../tools/execute-tool.ts';
import type { AgentRun } from './agent-run.ts';

type StepRun = Pick<AgentRun, 'agent' | 'context' | 'signal' | 'committed'>;

/**
 * Runs the calls of a step that have no result yet, all at once, yields each result as it comes, and returns the turn that
 * the conversation grows by. Throws CaluteError `tool_outcome_unknown` for a call of an earlier attempt that must not run
 * twice.
 */
export async function* finishStep(
  run: StepRun,
  step: CommittedStep,
): AsyncGenerator<readonly RunEvent[], readonly ChatMessage[]> {
  const contents = step.calls.map((_, index) => step.results[index] ?? handoffResult(run.agent, step, index));
  const open = step.calls.flatMap((own, index) => (contents[index] === undefined ? [{ own, index }] : []));
  if (run.committed?.includes(step)) for (const { own } of open) assertMayRunAgain(run, own);
  const running = new Map(open.map(({ own, index }) => [index, runCall(run, own, index)]));
  // One failure, an abort, leaves the others behind.
  for (const one of running.values()) one.catch(() => undefined);
  while (running.size > 0) {
    const { index, content } = await Promise.race(running.values());
    running.delete(index);
    contents[index] = content;
    yield [{ type: 'tool-result', index, content }];
  }
  return toTurn(step, contents);
}

/** Passing the conversation on does nothing but that, so that its result is not worth storing; undefined for other calls. */
function handoffResult(agent: Agent, { calls, handoff }: CommittedStep, index: number): string | undefined {
  if (handoff?.index === index) return JSON.stringify({ transferred_to: handoff.agent });
  const target = findHandoff(agent, calls[index]?.name ?? '');
  if (target === undefined) return undefined;
  return errorResult(
    `The conversation passes to "${handoff?.agent}" already; only the first handoff counts.`,
  );
}

function assertMayRunAgain({ agent }: StepRun, { name }: OwnCall): void {
  if (findTool(agent, name)?.idempotent === true) return;
  const message = `The worker died while the tool "${name}" may have been running; whether it took effect is unknown.`;
  throw new CaluteError('tool_outcome_unknown', message);
}

async function runCall(
  { agent, context, signal }: StepRun,
  { id, name, arguments: args }: OwnCall,
  index: number,
) {
  const tool = findTool(agent, name);
  if (tool === undefined) return { index, content: errorResult(`Unknown tool "${name}".`) };
  return { index, content: await executeTool(tool, args, { signal, runId: context.runId, callId: id }) };
}

/** A model may call anything, also what every object has. */
function findTool(agent: Agent, name: string): Tool | undefined {
  return isOwnTool(agent, name) ? agent.tools[name] : undefined;
}

function toTurn(
  { text, calls }: CommittedStep,
  contents: readonly (string | undefined)[],
): readonly ChatMessage[] {
  const asked: ChatMessage = {
    role: 'assistant',
    content: text === '' ? undefined : text,
    tool_calls: calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    })),
  };
  const results = calls.map(({ id }, index): ChatMessage => {
    return { role: 'tool', tool_call_id: id, content: contents[index] ?? '' };
  });
  return [asked, ...results];
}
