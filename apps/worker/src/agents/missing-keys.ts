import type { Agent } from '@calute/core/agent/agent';
import type { Logger } from '@calute/core/logging/logger';
import type { ResolveModel } from '@calute/core/models/model-provider';

/** An agent whose model cannot be asked with this environment. */
export interface MissingKey {
  readonly agent: string;
  readonly model: string;
  /** The variables that would do. */
  readonly needs: string;
}

/** What the environment lacks for the models of these agents: their own, those they fall back to, those that summarise. */
export function findMissingKeys(agents: readonly Agent[], resolveModel: ResolveModel): readonly MissingKey[] {
  return agents.flatMap((agent) =>
    [...modelsOf(agent)].flatMap((model) => {
      const { needs } = resolveModel(model);
      return needs === undefined ? [] : [{ agent: agent.id, model, needs }];
    }),
  );
}

/** A warning for each of them. */
export function warnOfMissingKeys(
  agents: readonly Agent[],
  resolveModel: ResolveModel,
  logger: Pick<Logger, 'warn'>,
): void {
  for (const missing of findMissingKeys(agents, resolveModel)) logger.warn(missing, 'agent.key-missing');
}

/** The ids of the agents: those first that need no provider, then those whose own model can be asked, last those without chats. */
export function askableFirst(agents: readonly Agent[], resolveModel: ResolveModel): readonly string[] {
  const rank = ({ model, serves = ['chat'] }: Agent) => {
    if (!serves.includes('chat')) return 3;
    if (resolveModel(model).needs !== undefined) return 2;
    return model.startsWith('offline:') ? 0 : 1;
  };
  return agents.toSorted((a, b) => rank(a) - rank(b)).map(({ id }) => id);
}

function modelsOf({ model, fallback, context }: Agent): ReadonlySet<string> {
  const summary = context?.strategy === 'summarise' ? context.summaryModel : undefined;
  const others = fallback.flatMap((one) => ('model' in one ? [one.model] : []));
  return new Set([model, ...others, ...(summary === undefined ? [] : [summary])]);
}
