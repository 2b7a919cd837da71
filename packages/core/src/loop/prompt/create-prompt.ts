import type { Message } from '../../request/message.ts';
import type { AgentRun } from '../agent-run.ts';
import { makeSystemText } from './make-system-text.ts';

/** Puts an agent's own words around a conversation that begins with the client's messages. */
export type Prompt = (conversation: readonly Message[]) => readonly Message[];

/**
 * What an agent says to its model beside the conversation: its instructions and rules as one system message in front, and
 * its examples as turns. The examples stand behind the system messages that the client begins with, since some providers
 * take those only in front.
 */
export async function createPrompt(run: AgentRun): Promise<Prompt> {
  const { agent, request } = run;
  const text = await makeSystemText(run);
  const system: Message[] = text === '' ? [] : [{ role: 'system', content: text }];
  const { examples = [] } = agent;
  const turns = examples.flatMap(({ user, assistant }): Message[] => [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ]);
  const opening = countOpening(request.messages);
  return (messages) => [...system, ...messages.slice(0, opening), ...turns, ...messages.slice(opening)];
}

function countOpening(messages: readonly Message[]): number {
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  return first === -1 ? messages.length : first;
}
