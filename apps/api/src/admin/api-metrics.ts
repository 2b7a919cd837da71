import type { ErrorCode } from '@calute/core/errors';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OpenStreams } from '../server/open-streams.ts';

/** What the API counts. Labels come from this program's own tables, never from a request, so their number is bounded. */
export interface ApiMetrics {
  readonly registry: Registry;
  requestEnded(route: string, status: number): void;
  firstEventsSent(seconds: number): void;
  /** As the client was told; a run that goes on after its client left counts as `run_cancelled`. */
  runEnded(reason: 'completed' | ErrorCode): void;
}

export function createApiMetrics(streams: OpenStreams): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'calute_http_requests_total',
    help: 'Requests by route pattern and status; 499 is a client that left.',
    labelNames: ['route', 'status'],
    registers,
  });
  const firstEvents = new Histogram({
    name: 'calute_time_to_first_token_seconds',
    help: 'From the arrival of a streaming request to its first events.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const ends = new Counter({
    name: 'calute_run_ends_total',
    help: 'Completions by the end that their client was told.',
    labelNames: ['reason'],
    registers,
  });
  new Gauge({
    name: 'calute_open_streams',
    help: 'Streams, and JSON answers waited for, that are open now.',
    registers,
    collect() {
      this.set(streams.size);
    },
  });
  return {
    registry,
    requestEnded: (route, status) => requests.inc({ route, status }),
    firstEventsSent: (seconds) => firstEvents.observe(seconds),
    runEnded: (reason) => ends.inc({ reason }),
  };
}
