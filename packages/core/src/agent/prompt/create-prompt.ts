import type { ChatMessage } from '../../protocol/chat-message.ts';
import type { AgentRun } from '../loop/agent-run.ts';
import { makeSystemText } from './make-system-text.ts';

/**
 * The conversation that the model is given first: the agent's instructions and rules as one system message, its examples
 * as turns, and the client's messages as they are. The examples stand behind the system messages that the client begins
 * with, since some providers take those only in front.
 */
export async function createPrompt(run: AgentRun): Promise<readonly ChatMessage[]> {
  const { agent, request } = run;
  const text = await makeSystemText(run);
  const system: ChatMessage[] = text === '' ? [] : [{ role: 'system', content: text }];
  const { examples = [] } = agent;
  const turns = examples.flatMap(({ user, assistant }): ChatMessage[] => [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ]);
  const opening = countOpening(request.messages);
  return [...system, ...request.messages.slice(0, opening), ...turns, ...request.messages.slice(opening)];
}

function countOpening(messages: readonly ChatMessage[]): number {
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  return first === -1 ? messages.length : first;
}
