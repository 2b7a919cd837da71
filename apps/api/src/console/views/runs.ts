import { type RunId, runIdSchema } from '@calute/core/ids';
import type { RunState } from '@calute/core/run-store/journal/run-state';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import type { MirroredRun } from '../runs/mirrored-run.ts';
import type { RunMirror } from '../runs/run-mirror.ts';
import type { View, ViewParts } from './view.ts';

const querySchema = z.object({
  agent: z.string().max(200).optional(),
  tenant: z.string().max(64).optional(),
  /** `open`, a reason, or the detail of an end. */
  end: z.string().max(64).optional(),
  /** A part of the id. */
  id: z.string().max(80).optional(),
  /** Accepted within so many seconds. */
  age: z.coerce.number().int().positive().optional(),
  /** The page after this run. */
  after: z.string().max(80).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
type RunQuery = z.infer<typeof querySchema>;

/** The last runs, the newest first, by filters and pages. */
export const runs: View = (parts, { query }) => {
  const asked = parseFields(querySchema, query);
  return async () => {
    const { mirror } = parts;
    await mirror.refresh();
    const all = mirror.list();
    const matching = all.filter(matches(asked, parts.sources.now()));
    const from = asked.after === undefined ? 0 : matching.findIndex(({ id }) => id === asked.after) + 1;
    const page = matching.slice(from, from + asked.limit);
    const rows = page.length === 0 && asked.id ? await lookUp(asked.id, parts) : await describe(page, parts);
    return {
      total: all.length,
      matching: Math.max(matching.length, rows.length),
      from,
      rows,
      next: matching.length > from + asked.limit ? page.at(-1)?.id : undefined,
      ...listNames(all),
    };
  };
};

function matches({ agent, tenant, end, id, age }: RunQuery, nowMs: number) {
  const since = age === undefined ? Number.NEGATIVE_INFINITY : nowMs - age * 1000;
  return (run: MirroredRun) =>
    (!agent || run.origin?.agent === agent) &&
    (!tenant || run.origin?.tenant === tenant) &&
    (!end || hasEnd(run, end)) &&
    (!id || run.id.includes(id)) &&
    (run.origin?.createdMs ?? run.atMs) >= since;
}

function hasEnd({ ended }: MirroredRun, end: string): boolean {
  return end === 'open' ? ended === undefined : ended?.reason === end || ended?.detail === end;
}

/** What is not over may be waiting or held: its record says which. */
async function describe(page: readonly MirroredRun[], { sources, mirror }: ViewParts) {
  const open = page.filter(({ ended }) => ended === undefined).map(({ id }) => id);
  const states = open.length === 0 ? [] : await sources.runStates(open);
  const stateOf = new Map<string, RunState | undefined>(open.map((id, index) => [id, states[index]]));
  for (const id of open) settleEnded(mirror, id, stateOf.get(id));
  return page.map((run) => toRow(mirror.find(run.id) ?? run, stateOf.get(run.id)));
}

/** Whoever ended it may have died before the journal was told; one whose record is gone is over as well. */
function settleEnded(mirror: RunMirror, id: string, state: RunState | undefined): void {
  if (state && state.phase !== 'ended') return;
  const reason = z.enum(['completed', 'cancelled', 'failed']).safeParse(state?.end);
  const detail = state ? undefined : 'expired';
  mirror.settle(id, { reason: reason.success ? reason.data : 'failed', detail, work: undefined });
}

function toRow({ id, origin, ended, endedAtMs, atMs }: MirroredRun, state: RunState | undefined) {
  const work = ended?.work;
  const createdMs = origin?.createdMs ?? atMs;
  return {
    id,
    agent: origin?.agent,
    tenant: origin?.tenant ?? state?.tenant,
    class: origin?.runClass,
    created_at_ms: createdMs,
    phase: ended ? 'ended' : (state?.phase ?? 'waiting'),
    end: ended?.reason,
    detail: ended?.detail,
    worker: work?.worker ?? state?.attempts.at(-1)?.worker,
    attempts: work?.attempt ?? state?.attempts.length,
    waited_ms: work?.waitedMs,
    first_ms: work?.firstMs,
    total_ms: work?.totalMs ?? (endedAtMs === undefined ? undefined : endedAtMs - createdMs),
    prompt_tokens: work?.promptTokens,
    completion_tokens: work?.completionTokens,
    cost_usd: work?.costUsd,
  };
}

/** A run may be older than what the journal keeps, and still be readable. */
async function lookUp(text: string, { sources }: ViewParts) {
  const id = runIdSchema.safeParse(text);
  const [state] = id.success ? await sources.runStates([id.data]) : [];
  return id.success && state ? [toRow(ofState(id.data, state), state)] : [];
}

function ofState(id: RunId, state: RunState): MirroredRun {
  const reason = z.enum(['completed', 'cancelled', 'failed']).safeParse(state.end);
  const ended = reason.success ? { reason: reason.data, detail: undefined, work: undefined } : undefined;
  return { id, atMs: state.createdMs, origin: undefined, ended, endedAtMs: undefined };
}

const mostNames = 200;

/** For the filters. */
function listNames(all: readonly MirroredRun[]) {
  const names = (pick: (run: MirroredRun) => string | undefined) =>
    [...new Set(all.flatMap((run) => pick(run) ?? []))].sort().slice(0, mostNames);
  return { agents: names(({ origin }) => origin?.agent), tenants: names(({ origin }) => origin?.tenant) };
}
