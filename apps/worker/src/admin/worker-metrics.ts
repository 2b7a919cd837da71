import { CaluteError } from '@calute/core/errors';
import { type ModelCallEnd, type ObserveModel, providerOf } from '@calute/core/models/observe-models';
import { endReason } from '@calute/core/run-store/count-run-store';
import type { RunEnd } from '@calute/core/runs/run-end';
import { createMetrics, type Metrics } from '@calute/core/telemetry/metrics/create-metrics';
import { createTopTenants } from '@calute/core/telemetry/metrics/top-tenants';
import type { Claim } from '../attempt/claim.ts';

/** What a worker counts. */
export interface WorkerMetrics {
  readonly all: Metrics;
  attemptBegan(claim: Claim): void;
  /** Only of attempts whose end was stored: a run counts once. */
  runEnded(claim: Claim, end: RunEnd, durationMs: number): void;
  readonly observeModel: ObserveModel;
  /** Looks at each rendering how many runs may be held, and how many are. */
  watchSlots(look: () => { readonly slots: number; readonly used: number }): void;
}

const directions = ['in', 'out'] as const;

export function createWorkerMetrics(now: () => number = performance.now.bind(performance)): WorkerMetrics {
  const all = createMetrics('worker');
  const onDropped = (tenant: string) => {
    for (const direction of directions) all.drop('calute_tenant_tokens_total', { tenant, direction });
  };
  const tenants = createTopTenants({ now, onDropped });
  return {
    all,
    attemptBegan(claim) {
      all.count('calute_attempts_total', { cause: causeOf(claim) });
      if (claim.epoch === 1)
        all.observe('calute_queue_wait_seconds', { class: claim.runClass }, claim.waitedMs / 1000);
    },
    runEnded({ request, tenant }, end, durationMs) {
      const agent = request.chat.model;
      all.count('calute_run_ends_total', { reason: endReason(end), agent });
      all.observe('calute_run_seconds', { agent }, durationMs / 1000);
      const { promptTokens = 0, completionTokens = 0 } = end.usage ?? {};
      const label = tenants.label(tenant, promptTokens + completionTokens);
      for (const direction of directions) {
        const tokens = direction === 'in' ? promptTokens : completionTokens;
        all.count('calute_tokens_total', { agent, direction }, tokens);
        all.count('calute_tenant_tokens_total', { tenant: label, direction }, tokens);
      }
    },
    observeModel: (model) => ({
      ended: (end) =>
        all.count('calute_provider_requests_total', { provider: providerOf(model), outcome: outcomeOf(end) }),
    }),
    watchSlots: (look) =>
      all.onRender(() => {
        const { slots, used } = look();
        all.set('calute_worker_slots', undefined, slots);
        all.set('calute_worker_slots_used', undefined, used);
      }),
  };
}

function causeOf({ epoch, seq }: Claim): 'first' | 'repeated' | 'resumed' {
  if (epoch === 1) return 'first';
  return seq === 0 ? 'repeated' : 'resumed';
}

function outcomeOf(end: ModelCallEnd): string {
  switch (end.outcome) {
    case 'ended':
      return 'ok';
    case 'left':
      return 'aborted';
    case 'failed':
      return CaluteError.is(end.error) ? end.error.code : 'internal_error';
  }
}
