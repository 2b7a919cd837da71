import { CaluteError } from '../../errors.ts';
import type { ChatMessage } from '../../protocol/chat-message.ts';
import type { OwnCall, RunEvent } from '../../runs/run-event.ts';
import type { CommittedStep } from '../../runs/run-history.ts';
import type { ModelCall } from '../providers/model-provider.ts';
import { errorResult } from '../tools/error-result.ts';
import { executeTool } from '../tools/execute-tool.ts';
import type { AgentRun } from './agent-run.ts';

type StepRun = Pick<AgentRun, 'agent' | 'context' | 'signal' | 'committed' | 'choice'>;

/**
 * Runs the calls of a step that have no result yet, all at once, yields each result as it comes, and returns the next call
 * of the model. Throws CaluteError `tool_outcome_unknown` for a call of an earlier attempt that must not run twice.
 */
export async function* finishStep(
  run: StepRun,
  call: ModelCall,
  step: CommittedStep,
): AsyncGenerator<readonly RunEvent[], ModelCall> {
  const contents = [...step.results];
  const open = step.calls.flatMap((own, index) => (contents[index] === undefined ? [{ own, index }] : []));
  if (run.committed?.includes(step)) for (const { own } of open) assertMayRunAgain(run, own);
  const running = new Map(open.map(({ own, index }) => [index, runCall(run, own, index)]));
  // One failure, an abort, leaves the others behind.
  for (const one of running.values()) one.catch(() => undefined);
  while (running.size > 0) {
    const { index, content, durationMs } = await Promise.race(running.values());
    running.delete(index);
    contents[index] = content;
    yield [{ type: 'tool-result', index, content, durationMs }];
  }
  return nextCall(call, step, contents);
}

function assertMayRunAgain({ agent }: StepRun, { name }: OwnCall): void {
  if (agent.tools[name]?.idempotent === true) return;
  const message = `The worker died while the tool "${name}" may have been running; whether it took effect is unknown.`;
  throw new CaluteError('tool_outcome_unknown', message);
}

async function runCall(run: StepRun, own: OwnCall, index: number) {
  const startedAt = performance.now();
  const content = await execute(run, own);
  return { index, content, durationMs: Math.round(performance.now() - startedAt) };
}

async function execute(
  { agent, context, signal, choice = 0 }: StepRun,
  { id, name, arguments: args }: OwnCall,
): Promise<string> {
  const tool = agent.tools[name];
  if (tool === undefined) return errorResult(`Unknown tool "${name}".`);
  // A model may give the calls of two choices one id.
  const callId = choice === 0 ? id : `${id}.${choice}`;
  return executeTool(tool, args, { signal, runId: context.runId, callId });
}

function nextCall(
  call: ModelCall,
  { text, calls }: CommittedStep,
  contents: readonly (string | undefined)[],
): ModelCall {
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
  // A forced choice is for the first answer only: kept up, the model could never finish.
  const toolChoice = call.toolChoice === 'none' ? 'none' : undefined;
  return { ...call, messages: [...call.messages, asked, ...results], toolChoice };
}
