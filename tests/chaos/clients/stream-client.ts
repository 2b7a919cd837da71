import { setTimeout as delay } from 'node:timers/promises';
import type { RunPlan } from '../plan-runs.ts';
import {
  type ClientEnd,
  type Connection,
  newReport,
  type RunReport,
  type SeenRecord,
} from '../run-report.ts';
import { type ClientParts, isRefusedForNow, patienceMs, toPost, tryAgainMs } from './ask-api.ts';
import { readData } from './read-data.ts';
import { readStream, type StreamOutcome } from './read-stream.ts';
import { wireOf } from './wire.ts';

/** One client that reads a stream, however often it has to connect, up to the run's end. Never throws. */
export async function runStreamClient(plan: RunPlan, parts: ClientParts): Promise<RunReport> {
  const client = createClient(plan, parts);
  const { report } = client;
  const cancelling = cancelLater(client);
  report.end = await readToEnd(client);
  report.endedMs = Date.now();
  await cancelling;
  return report;
}

interface Client {
  readonly plan: RunPlan;
  readonly parts: ClientParts;
  readonly report: RunReport;
  /** Aborts to go away for good. */
  readonly leave: AbortController;
  /** Unix ms after which there is no hope of an end. */
  patientUntilMs: number;
  lastId: number;
  /** Why the run fails, told before its end. */
  fault: string | undefined;
  end: ClientEnd | undefined;
}

function createClient(plan: RunPlan, parts: ClientParts): Client {
  const leave = new AbortController();
  const seen = { patientUntilMs: 0, lastId: 0, fault: undefined, end: undefined };
  return { plan, parts, report: newReport(plan), leave, ...seen };
}

async function readToEnd(client: Client): Promise<ClientEnd> {
  const { plan, parts, report, leave } = client;
  for (let api: number = plan.api; ; api = 1 - api) {
    const posts = report.runId === undefined || plan.keyed;
    if (posts)
      client.patientUntilMs = Math.max(
        client.patientUntilMs,
        report.runId ? 0 : Date.now() + patienceMs(plan),
      );
    const outcome = await connect(client, api, posts);
    if (client.end !== undefined) return client.end;
    if (leave.signal.aborted) return { type: 'left' };
    if (parts.signal.aborted) return { type: 'stopped' };
    const final = judgeOutcome(client, outcome);
    if (final !== undefined) return final;
    if (Date.now() > client.patientUntilMs) return { type: 'stuck' };
    await delay(tryAgainMs);
  }
}

/** One request, to start, to attach again or to resume. */
async function connect(client: Client, api: number, posts: boolean): Promise<StreamOutcome> {
  const { plan, parts, report } = client;
  const resumesByCursor = parts.resumesByCursor && !posts;
  const connection: Connection = {
    afterId: resumesByCursor ? client.lastId : 0,
    openedMs: Date.now(),
    records: [],
    closedMs: Number.POSITIVE_INFINITY,
  };
  report.connections.push(connection);
  const signal = AbortSignal.any([
    parts.signal,
    client.leave.signal,
    AbortSignal.timeout(Math.max(1, client.patientUntilMs - Date.now())),
  ]);
  const wire = wireOf(plan);
  const { path, ...init } = posts
    ? { path: wire.path, ...toPost(plan) }
    : wire.follow(report.runId ?? '', connection.afterId);
  const { behaviour } = plan;
  const outcome = await readStream({
    url: `${parts.apiUrls[api]}${path}`,
    init: { ...init, signal },
    toNumber: wire.toNumber,
    ...(behaviour.type === 'slow' ? { pauseMs: behaviour.pauseMs } : {}),
    onRunId: (runId) => meetRun(client, connection, runId),
    onRecord: (record) => take(client, connection, record),
  });
  connection.closedMs = Date.now();
  return outcome;
}

function take(client: Client, connection: Connection, record: SeenRecord): void {
  const { report, plan, leave } = client;
  const read = readData(record.data);
  connection.records.push(record);
  if (record.id === undefined) return;
  client.lastId = Math.max(client.lastId, record.id);
  if (read.type === 'chunk') report.runId ??= read.runId;
  else if (read.type === 'fault') client.fault ??= read.code;
  else client.end ??= toEnd(read.type === 'error' ? read.code : client.fault);
  if (plan.behaviour.type === 'leave' && connection.records.length >= plan.behaviour.afterEvents)
    leave.abort();
}

function toEnd(code: string | undefined): ClientEnd {
  return code === undefined ? { type: 'completed' } : { type: 'error', code, inBand: true };
}

/** A request that is repeated by its key meets its run again, or a further one when the first has freed the key. */
function meetRun(client: Client, connection: Connection, runId: string): void {
  const { report } = client;
  if (report.runId !== undefined && report.runId !== runId) supersede(client, connection);
  report.runId = runId;
}

function supersede(client: Client, connection: Connection): void {
  const { report, plan } = client;
  const connections = report.connections.filter((one) => one !== connection);
  report.superseded.push({ runId: report.runId ?? '', connections });
  report.connections = [connection];
  client.lastId = 0;
  client.fault = undefined;
  client.patientUntilMs = Date.now() + patienceMs(plan);
}

/** What a request that did not bring the end means; undefined to try again. */
function judgeOutcome({ plan, report }: Client, outcome: StreamOutcome): ClientEnd | undefined {
  const mayAskAgain = plan.keyed || report.runId !== undefined || outcome.type === 'unreached';
  if (outcome.type !== 'refused') return mayAskAgain ? undefined : { type: 'unanswered' };
  const { status, code } = outcome;
  if (isRefusedForNow(code)) return mayAskAgain ? undefined : { type: 'refused', code };
  if (report.runId !== undefined && (status === 404 || status === 410)) return { type: 'vanished', status };
  return { type: 'error', code, inBand: false };
}

async function cancelLater({ plan, parts, report }: Client): Promise<void> {
  if (plan.behaviour.type !== 'cancel') return;
  await delay(plan.behaviour.afterMs, undefined, { signal: parts.signal }).catch(() => undefined);
  for (let tries = 0; tries < 40 && !parts.signal.aborted; tries++) {
    const url = `${parts.apiUrls[(plan.api + 1 + tries) % 2]}${wireOf(plan).cancelPath(report.runId ?? '')}`;
    const known = report.runId !== undefined;
    const response = known ? await fetch(url, { method: 'POST' }).catch(() => undefined) : undefined;
    await response?.body?.cancel();
    if (response?.ok) return;
    await delay(tryAgainMs);
  }
}
