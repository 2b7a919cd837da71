import type { ErrorCode } from '@calute/core/errors';
import { createMetrics, type Metrics } from '@calute/core/telemetry/metrics/create-metrics';
import type { OpenStreams } from '../server/open-streams.ts';

/** What the API counts. Labels come from this program's own tables, never from a request, so their number is bounded. */
export interface ApiMetrics {
  /** All of them, for who tells them and for what is looked up. */
  readonly all: Metrics;
  requestEnded(route: string, status: number): void;
  firstEventsSent(seconds: number): void;
  /** Since the events before went out to the same client. */
  eventsSent(seconds: number): void;
  /** As the client was told; a run that goes on after its client left counts as `run_cancelled`. */
  runEnded(reason: 'completed' | ErrorCode): void;
}

export function createApiMetrics(streams: OpenStreams): ApiMetrics {
  const all = createMetrics('api');
  all.onRender(() => all.set('calute_open_streams', undefined, streams.size));
  return {
    all,
    requestEnded: (route, status) => all.count('calute_http_requests_total', { route, status }),
    firstEventsSent: (seconds) => all.observe('calute_time_to_first_token_seconds', undefined, seconds),
    eventsSent: (seconds) => all.observe('calute_inter_token_seconds', undefined, seconds),
    runEnded: (reason) => all.count('calute_answers_total', { reason }),
  };
}
