import type { ApiKey } from '@calute/core/api-keys/api-key';
import { type DayUsage, usageDay } from '@calute/core/run-store/journal/day-usage';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import type { View } from './view.ts';

const querySchema = z.object({ days: z.coerce.number().int().min(1).max(31).default(1) });
const dayMs = 24 * 60 * 60 * 1000;

/** The keys, and what was used with each of them and each agent. */
export const usage: View = ({ sources }, { query }) => {
  const { days } = parseFields(querySchema, query);
  return async () => {
    const names = Array.from({ length: days }, (_, index) => usageDay(sources.now() - index * dayMs));
    const [keys, used] = await Promise.all([sources.keys.list(), sources.usage(names)]);
    return { days, keys: keys.map(toRow), usage: sumOverDays(used) };
  };
};

function toRow(key: ApiKey) {
  const { id, name, scopes, requestsPerMinute, tokensPerMinute, concurrency, createdAtMs, revokedAtMs } = key;
  return {
    id,
    name,
    scopes,
    requests_per_minute: requestsPerMinute,
    tokens_per_minute: tokensPerMinute,
    concurrency,
    created_at_ms: createdAtMs,
    revoked_at_ms: revokedAtMs,
  };
}

function sumOverDays(used: readonly DayUsage[]) {
  const rows = new Map<string, ReturnType<typeof blank>>();
  for (const one of used) {
    const whose = `${one.tenant} ${one.agent}`;
    const row = rows.get(whose) ?? blank(one);
    row.runs += one.runs;
    row.unfinished += one.unfinished;
    row.prompt_tokens += one.promptTokens;
    row.completion_tokens += one.completionTokens;
    row.cost_usd += one.costUsd;
    rows.set(whose, row);
  }
  return [...rows.values()].sort(
    (a, b) => b.prompt_tokens + b.completion_tokens - a.prompt_tokens - a.completion_tokens,
  );
}

function blank({ tenant, agent }: DayUsage) {
  return { tenant, agent, runs: 0, unfinished: 0, prompt_tokens: 0, completion_tokens: 0, cost_usd: 0 };
}
