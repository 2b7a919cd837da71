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
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ToolCallStep[];
  /** The agent that the conversation passes to. */
  readonly handoff?: string;
}

interface OpenStep {
  agent: string;
  reasoning: string;
  text: string;
  calls: { name: string; arguments: string; result?: string }[];
  handoff?: string;
}

/** Reads the steps of a run, of one choice, from its events. */
export function readSteps(requested: string, events: readonly RunEvent[]): readonly AgentStep[] {
  const steps: OpenStep[] = [];
  let open = createStep(requested);
  for (const event of events) {
    switch (event.type) {
      case 'text-delta':
        open.text += event.text;
        break;
      case 'reasoning-delta':
        open.reasoning += event.text;
        break;
      case 'tool-call':
        open.calls[event.index] = { name: event.name, arguments: '' };
        break;
      case 'tool-call-delta': {
        const call = open.calls[event.index];
        if (call !== undefined) call.arguments += event.arguments;
        break;
      }
      case 'step-calls': {
        const { agent = requested, calls, handoff } = event;
        const made = calls.map(({ name, arguments: args }) => ({ name, arguments: args }));
        steps.push({ ...open, agent, calls: made, ...(handoff ? { handoff: handoff.agent } : {}) });
        open = createStep(handoff?.agent ?? agent);
        break;
      }
      case 'tool-result': {
        const call = steps.at(-1)?.calls[event.index];
        if (call !== undefined) call.result = event.content;
        break;
      }
      case 'run-end':
        if (event.end.reason === 'completed') steps.push({ ...open, agent: event.end.agent ?? requested });
        break;
      default:
        break;
    }
  }
  return steps;
}

function createStep(agent: string): OpenStep {
  return { agent, reasoning: '', text: '', calls: [] };
}

/** The steps for people, a line for each thing that happened. */
export function describeSteps(steps: readonly AgentStep[]): string {
  return steps
    .flatMap(({ agent, reasoning, text, calls, handoff }, index) => [
      `${index + 1}. ${agent}`,
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
