import { type ChatRequest, type ProviderParameter, providerParameters } from '../../protocol/chat-request.ts';
import { createPrompt } from '../prompt/create-prompt.ts';
import type { ModelCall } from '../providers/model-provider.ts';
import { collectTools } from '../tools/collect-tools.ts';
import type { AgentRun } from './agent-run.ts';

/** What the model is asked first: the agent's own prompt around the request as the client sent it. */
export async function createFirstCall(run: AgentRun): Promise<ModelCall> {
  const { agent, request, choice } = run;
  return {
    messages: await createPrompt(run),
    sampling: agent.sampling,
    tools: collectTools(agent, request.tools),
    toolChoice: request.tool_choice,
    parameters: pickParameters(request),
    ...(choice === undefined ? {} : { choice }),
  };
}

function pickParameters(request: ChatRequest): ModelCall['parameters'] {
  const given = providerParameters.filter((name) => request[name] !== undefined);
  // because fromEntries forgets the names
  return Object.fromEntries(given.map((name) => [name, request[name]])) as Pick<
    ChatRequest,
    ProviderParameter
  >;
}
