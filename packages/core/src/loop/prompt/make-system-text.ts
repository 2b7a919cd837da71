import { z } from 'zod';
import type { InstructionsContext } from '../../agent/agent.ts';
import { untilAborted } from '../../async/until-aborted.ts';
import { CaluteError } from '../../errors.ts';
import type { AgentRun } from '../agent-run.ts';

type PromptRun = Pick<AgentRun, 'agent' | 'context' | 'signal'>;

/** The agent's instructions and then its rules as a list; empty when it has neither. Throws CaluteError `agent_failed`. */
export async function makeSystemText(run: PromptRun): Promise<string> {
  const { instructions = '', rules = [] } = run.agent;
  const text = typeof instructions === 'function' ? await make(run, instructions, textPart) : instructions;
  const list = typeof rules === 'function' ? await make(run, rules, rulesPart) : rules;
  const section = list.length === 0 ? '' : ['Rules:', ...list.map(toItem)].join('\n');
  return [text, section].filter((part) => part !== '').join('\n\n');
}

interface Part<Value> {
  readonly name: string;
  readonly schema: z.ZodType<Value>;
}

const textPart: Part<string> = { name: 'instructions', schema: z.string() };
const rulesPart: Part<readonly string[]> = { name: 'rules', schema: z.array(z.string()) };

async function make<Value>(
  { agent, context, signal }: PromptRun,
  source: (context: InstructionsContext) => Value | Promise<Value>,
  { name, schema }: Part<Value>,
): Promise<Value> {
  try {
    return schema.parse(await untilAborted(signal, () => source(context)));
  } catch (cause) {
    signal.throwIfAborted();
    if (CaluteError.is(cause)) throw cause;
    // What it has thrown may tell a client too much.
    const message = `The ${name} of the agent "${agent.id}" could not be made.`;
    throw new CaluteError('agent_failed', message, { cause });
  }
}

/** A rule of several lines stays one item of the list. */
function toItem(rule: string): string {
  return `- ${rule.replaceAll('\n', '\n  ')}`;
}
