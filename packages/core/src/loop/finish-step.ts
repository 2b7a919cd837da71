import type { Agent, OwnTool } from '../agent/agent.ts';
import { findHandoff, handoffToolName } from '../agent/team/handoff-tool.ts';
import { withToolDefaults } from '../agent/tool-defaults.ts';
import { CaluteError } from '../errors.ts';
import { isDeclaredIdempotent } from '../mcp/name-tools.ts';
import type { Message } from '../request/message.ts';
import type { OwnCall, RunEvent } from '../runs/run-event.ts';
import type { CommittedStep } from '../runs/run-history.ts';
import type { AgentRun } from './agent-run.ts';
import { isOwnTool } from './tools/collect-tools.ts';
import { errorResult } from './tools/error-result.ts';
import { executeTool } from './tools/execute-tool.ts';

interface StepRun
  extends Pick<
    AgentRun,
    'agent' | 'request' | 'context' | 'signal' | 'committed' | 'choice' | 'branch' | 'note'
  > {
  /** How many tools it may still call. @defaultValue no limit */
  readonly mayCall?: number;
}

/**
 * Runs the calls of a step that have no result yet, all at once or, when it is sequential, one after the other in their
 * order, yields each result as it comes, and returns the turn that the conversation grows by. Throws CaluteError
 * `tool_outcome_unknown` for a call of an earlier attempt that must not run twice.
 */
export async function* finishStep(
  run: StepRun,
  step: CommittedStep,
): AsyncGenerator<readonly RunEvent[], readonly Message[]> {
  const contents = step.calls.map(
    (_, index) => step.results[index] ?? handoffResult(run.agent, step, index) ?? refusal(run, step, index),
  );
  const open = step.calls.flatMap((own, index) => (contents[index] === undefined ? [{ own, index }] : []));
  if (run.committed?.includes(step)) {
    // In a sequential step no call starts before the result of the one before it is stored.
    const inDoubt = step.sequential === true ? open.slice(0, 1) : open;
    for (const { own } of inDoubt) assertMayRunAgain(run, own);
  }
  const results = step.sequential === true ? inOrder(run, open) : atOnce(run, open);
  for await (const { index, content, durationMs } of results) {
    contents[index] = content;
    yield [{ type: 'tool-result', index, content, durationMs }];
  }
  return toTurn(step, contents);
}

interface OpenCall {
  readonly own: OwnCall;
  readonly index: number;
}

interface CallResult {
  readonly index: number;
  readonly content: string;
  readonly durationMs: number;
}

async function* inOrder(run: StepRun, open: readonly OpenCall[]): AsyncGenerator<CallResult> {
  for (const one of open) yield await runCall(run, one);
}

async function* atOnce(run: StepRun, open: readonly OpenCall[]): AsyncGenerator<CallResult> {
  const running = new Map(open.map((one) => [one.index, runCall(run, one)]));
  // One failure, an abort, leaves the others behind.
  for (const one of running.values()) one.catch(() => undefined);
  while (running.size > 0) {
    const result = await Promise.race(running.values());
    running.delete(result.index);
    yield result;
  }
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

/** What the model is told of a call beyond the limit of the request: follows from the step, like the result of a handoff. */
function refusal({ agent, mayCall }: StepRun, { calls }: CommittedStep, index: number): string | undefined {
  if (mayCall === undefined) return undefined;
  const before = calls.slice(0, index).filter(({ name }) => findHandoff(agent, name) === undefined).length;
  if (before < mayCall) return undefined;
  return errorResult('This request allows no more tool calls (max_tool_calls); answer without them.');
}

/** Throws CaluteError `tool_outcome_unknown` unless the call of an earlier attempt is one of an idempotent tool. */
export function assertMayRunAgain({ agent }: Pick<AgentRun, 'agent'>, { name }: OwnCall): void {
  if (findTool(agent, name)?.idempotent === true || isDeclaredIdempotent(agent.mcp, name)) return;
  const message = `The worker died while the tool "${name}" may have been running; whether it took effect is unknown.`;
  throw new CaluteError('tool_outcome_unknown', message);
}

async function runCall(run: StepRun, { own, index }: OpenCall): Promise<CallResult> {
  const startedAt = performance.now();
  const content = await execute(run, own);
  return { index, content, durationMs: Math.round(performance.now() - startedAt) };
}

async function execute(run: StepRun, { id, name, arguments: args }: OwnCall): Promise<string> {
  const { agent, context, signal, note, choice = 0, branch } = run;
  const tool = findTool(agent, name);
  if (tool === undefined) return unknownToolResult(run, name);
  // A model may give the calls of two choices, or of two branches, one id.
  const label = branch ?? (choice === 0 ? undefined : choice);
  const callId = label === undefined ? id : `${id}.${label}`;
  const limited = withToolDefaults(tool, agent.toolDefaults);
  const onFailure = (err: Error) => note?.({ type: 'tool-failed', tool: name, callId, agent: agent.id, err });
  return executeTool(limited, args, { signal, runId: context.runId, callId, onFailure });
}

/** Says which there are: most such names are misspelt. */
function unknownToolResult({ agent, request }: StepRun, name: string): string {
  const clients = (request.tools ?? []).flatMap((tool) =>
    tool.type === 'function' ? tool.function.name : [],
  );
  const known = [...Object.keys(agent.tools), ...agent.handoffs.map(handoffToolName), ...clients];
  const hint = known.length === 0 ? 'there are no tools' : `known: ${known.join(', ')}`;
  return errorResult(`Unknown tool "${name}"; ${hint}.`);
}

/** A model may call anything, also what every object has. */
function findTool(agent: Agent, name: string): OwnTool | undefined {
  return isOwnTool(agent, name) ? agent.tools[name] : undefined;
}

function toTurn(
  { text, calls, opaque }: CommittedStep,
  contents: readonly (string | undefined)[],
): readonly Message[] {
  const asked: Message = {
    role: 'assistant',
    content: text === '' ? undefined : text,
    ...opaque,
    tool_calls: calls.map(({ id, name, arguments: args, opaque: ofCall }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
      ...ofCall,
    })),
  };
  const results = calls.map(({ id }, index): Message => {
    return { role: 'tool', tool_call_id: id, content: contents[index] ?? '' };
  });
  return [asked, ...results];
}
