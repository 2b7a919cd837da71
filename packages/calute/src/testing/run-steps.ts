import type { RunEvent } from '@calute/core/runs/run-event';

/** One call of a tool of the agent, with what the model was told of it. */
export interface ToolCallStep {
  readonly name: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
  /** What the model is told; absent for a call that hands over, and for one of the client's tools. */
  readonly result?: string;
}

/** One model call of the run, and what came of it. */
export interface AgentStep {
  /** Who answered. */
  readonly agent: string;
  /** In a team's run: which part of the work it was, as `plan` or `task:facts`; absent for the answer. */
  readonly part?: string;
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ToolCallStep[];
  /** The agent that the conversation passes to. */
  readonly handoff?: string;
}

interface OpenStep {
  agent: string;
  part?: string;
  reasoning: string;
  text: string;
  calls: { name: string; arguments: string; result?: string }[];
  handoff?: string;
}

type CommittedCalls = Extract<RunEvent, { type: 'step-calls' }>;

/** Reads the steps of a run, of one choice, from its events; those of a team's members stand in the order of their ends. */
export function readSteps(requested: string, events: readonly RunEvent[]): readonly AgentStep[] {
  const steps: OpenStep[] = [];
  /** The step whose calls are being run, by part. */
  const calling = new Map<string, OpenStep>();
  let open = createStep(requested);
  const addCalls = ({ agent = requested, calls, handoff, branch, text }: CommittedCalls) => {
    const made = calls.map(({ name, arguments: args }) => ({ name, arguments: args }));
    const shown = branch === undefined ? open : { ...createStep(agent), part: branch, text };
    const step: OpenStep = { ...shown, agent, calls: made, ...(handoff ? { handoff: handoff.agent } : {}) };
    steps.push(step);
    calling.set(branch ?? '', step);
    if (branch === undefined) open = createStep(handoff?.agent ?? agent);
  };
  for (const event of events) {
    if (event.type === 'text-delta') open.text += event.text;
    else if (event.type === 'reasoning-delta') open.reasoning += event.text;
    else if (event.type === 'tool-call') open.calls[event.index] = { name: event.name, arguments: '' };
    else if (event.type === 'tool-call-delta') addArguments(open.calls[event.index], event.arguments);
    else if (event.type === 'step-calls') addCalls(event);
    else if (event.type === 'tool-result') {
      const call = calling.get(event.branch ?? '')?.calls[event.index];
      if (call !== undefined) call.result = event.content;
    } else if (event.type === 'branch-end')
      steps.push({ ...createStep(event.agent), part: event.branch, text: event.text });
    else if (event.type === 'run-end' && event.end.reason === 'completed')
      steps.push({ ...open, agent: event.end.agent ?? requested });
  }
  return steps;
}

function addArguments(call: OpenStep['calls'][number] | undefined, text: string): void {
  if (call !== undefined) call.arguments += text;
}

function createStep(agent: string): OpenStep {
  return { agent, reasoning: '', text: '', calls: [] };
}

/** The steps for people, a line for each thing that happened. */
export function describeSteps(steps: readonly AgentStep[]): string {
  return steps
    .flatMap(({ agent, part, reasoning, text, calls, handoff }, index) => [
      `${index + 1}. ${agent}${part === undefined ? '' : ` (${part})`}`,
      ...(reasoning === '' ? [] : [`   thinks ${reasoning}`]),
      ...(text === '' ? [] : [`   says ${text}`]),
      ...calls.flatMap((call) => [
        `   calls ${call.name} ${call.arguments}`,
        ...(call.result === undefined ? [] : [`   → ${call.result}`]),
      ]),
      ...(handoff === undefined ? [] : [`   hands over to ${handoff}`]),
    ])
    .join('\n');
}
