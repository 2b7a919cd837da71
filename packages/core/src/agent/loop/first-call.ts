import { CaluteError } from '../../errors.ts';
import type { ChatMessage } from '../../protocol/chat-message.ts';
import { type ChatRequest, type ProviderParameter, providerParameters } from '../../protocol/chat-request.ts';
import type { Agent, InstructionsContext } from '../agent.ts';
import type { ModelCall } from '../providers/model-provider.ts';
import { collectTools } from '../tools/collect-tools.ts';
import type { AgentRun } from './agent-run.ts';

/** What the model is asked first: the agent's instructions, then the request as the client sent it. */
export async function createFirstCall({ agent, request, context, choice }: AgentRun): Promise<ModelCall> {
  const instructions = await giveInstructions(agent, context);
  const system: ChatMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  return {
    messages: [...system, ...request.messages],
    sampling: agent.sampling,
    tools: collectTools(agent, request.tools),
    toolChoice: request.tool_choice,
    parameters: pickParameters(request),
    ...(choice === undefined ? {} : { choice }),
  };
}

async function giveInstructions(
  { id, instructions = '' }: Agent,
  context: InstructionsContext,
): Promise<string> {
  if (typeof instructions === 'string') return instructions;
  try {
    return await instructions(context);
  } catch (cause) {
    if (CaluteError.is(cause)) throw cause;
    throw new CaluteError('agent_failed', `The instructions of the agent "${id}" could not be made.`, {
      cause,
    });
  }
}

function pickParameters(request: ChatRequest): ModelCall['parameters'] {
  const given = providerParameters.filter((name) => request[name] !== undefined);
  // because fromEntries forgets the names
  return Object.fromEntries(given.map((name) => [name, request[name]])) as Pick<
    ChatRequest,
    ProviderParameter
  >;
}
