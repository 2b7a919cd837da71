import type { Agent } from '../agent/agent.ts';
import { CaluteError } from '../errors.ts';
import type { ModelCall } from '../models/model-provider.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import { findUnsupported, type ProviderParameter, providerParameters } from '../request/provider-fields.ts';
import type { AgentRun, Speaker } from './agent-run.ts';
import { createFitContext } from './context/fit-context.ts';
import type { Conversation } from './conversation.ts';
import { limitOutput } from './limits/limit-output.ts';
import { createPrompt, type Prompt } from './prompt/create-prompt.ts';
import { collectTools } from './tools/collect-tools.ts';

/** What the model of a speaker is asked: the agent's own prompt around the conversation so far. */
export type CreateCall = (speaker: Speaker, conversation: Conversation) => Promise<ModelCall>;

/** What an agent brings to all its calls, whatever has been said before. */
interface Briefing {
  readonly prompt: Prompt;
  readonly asked: Omit<ModelCall, 'messages' | 'toolChoice'>;
}

/** Prompts are made, and tools described, once for each agent that speaks in the run. */
export function createCalls(run: AgentRun): CreateCall {
  const briefings = new Map<string, Briefing>();
  const fitContext = createFitContext(run);
  return async (speaker, conversation) => {
    const { messages, toolChoice, usage } = conversation;
    const { agent } = speaker;
    assertHonoured(run, speaker);
    const briefing = briefings.get(agent.id) ?? (await brief(run, agent));
    briefings.set(agent.id, briefing);
    const call = { messages: briefing.prompt(messages), toolChoice, ...briefing.asked };
    return limitOutput(await fitContext(agent, call, conversation), run.agent, usage);
  };
}

async function brief(run: AgentRun, agent: Agent): Promise<Briefing> {
  const { request, choice } = run;
  return {
    prompt: await createPrompt({ ...run, agent }),
    asked: {
      sampling: agent.sampling,
      tools: collectTools(agent, request.tools, run.findAgent),
      parameters: pickParameters(request),
      ...(choice === undefined ? {} : { choice }),
    },
  };
}

/**
 * The API has asked this of the requested agent and of those that it may hand over to, as they were announced; in a rolling
 * deploy this worker's may be others.
 */
function assertHonoured(
  { agent: requested, request, resolveModel }: AgentRun,
  { agent, model }: Speaker,
): void {
  if (agent.id === requested.id && model === agent.model) return;
  const param = findUnsupported(request, resolveModel(model).accepts);
  if (param === undefined) return;
  const message = `The agent "${agent.id}", which took over, does not support "${param}" on ${model}; leave it out.`;
  throw new CaluteError('unsupported_parameter', message, { param });
}

/** What of a request is for the provider. */
export function pickParameters(request: AgentRequest): ModelCall['parameters'] {
  const given = providerParameters.filter((name) => request[name] !== undefined);
  // because fromEntries forgets the names
  return Object.fromEntries(given.map((name) => [name, request[name]])) as Pick<
    AgentRequest,
    ProviderParameter
  >;
}
