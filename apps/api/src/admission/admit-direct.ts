import { ignoredParameters } from '@calute/core/completions/apply-request-parameters';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import { checkSupported } from '@calute/core/protocol/check-supported';
import type { SamplingParameter } from '@calute/core/request/agent-request';
import type { AskedDirectly } from '@calute/core/runs/run-request';
import { findAgent } from './find-agent.ts';

export interface AdmittedDirect extends AskedDirectly {
  /** Sampling parameters that were sent and that this agent does not take from requests, as they were spelt. */
  readonly ignored: readonly SamplingParameter[];
}

/** A body that its agent's model can be asked as it is: its shape, its agent and what it asks of it are all right. */
export async function admitDirect(
  body: unknown,
  parse: (body: unknown) => AskedDirectly,
  agents: AgentDirectory,
): Promise<AdmittedDirect> {
  const { chat, direct } = parse(body);
  const agent = await findAgent(agents, chat.model, direct.endpoint);
  checkSupported(chat, agent);
  return { chat, direct, ignored: ignoredParameters(chat, agent) };
}
