import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { RunPlan } from '../plan-runs.ts';
import { type ClientEnd, newReport, type RunReport } from '../run-report.ts';
import { type ClientParts, patienceMs } from './ask-api.ts';
import { askToEnd } from './json-client.ts';
import { readData } from './read-data.ts';
import { readStream } from './read-stream.ts';
import { toResponseId, wireOf } from './wire.ts';

const lookEveryMs = 500;

/** One client that starts a Response in the background and looks at it until it is over, at one API and the other. Never throws. */
export async function runBackgroundClient(plan: RunPlan, parts: ClientParts): Promise<RunReport> {
  const report = newReport(plan);
  // Its first answer is there as soon as the run is accepted, and says nothing yet.
  const begun = await askToEnd(report, parts);
  delete report.answer;
  report.end = begun.type === 'completed' ? await lookToEnd(report, parts) : begun;
  report.endedMs = Date.now();
  return report;
}

async function lookToEnd(report: RunReport, parts: ClientParts): Promise<ClientEnd> {
  const { plan } = report;
  const untilMs = Date.now() + patienceMs(plan);
  for (let api: number = 1 - plan.api; Date.now() < untilMs; api = 1 - api) {
    const end = await look(report, parts, api).catch(() => undefined); // because that API may be down
    if (parts.signal.aborted) return { type: 'stopped' };
    if (end !== undefined) return end;
    await delay(lookEveryMs);
  }
  return { type: 'stuck' };
}

const statusSchema = z.object({
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
});

async function look(
  report: RunReport,
  { apiUrls, signal }: ClientParts,
  api: number,
): Promise<ClientEnd | undefined> {
  const { runId = '' } = report;
  const url = `${apiUrls[api]}/v1/responses/${toResponseId(runId)}`;
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
  const body: unknown = await response.json();
  if (response.status === 404 || response.status === 410)
    return { type: 'vanished', status: response.status };
  if (!response.ok) return undefined;
  const { status } = statusSchema.parse(body);
  if (status === 'queued' || status === 'in_progress') return undefined;
  if (status === 'completed') {
    report.answer = wireOf(report.plan).readAnswer(body).text;
    return { type: 'completed' };
  }
  const code = await readFault(`${apiUrls[api]}${wireOf(report.plan).follow(runId, 0).path}`, signal);
  return code === undefined ? undefined : { type: 'error', code, inBand: true };
}

/** The response object has only OpenAI's codes; the stream has ours. */
async function readFault(url: string, signal: AbortSignal): Promise<string | undefined> {
  let code: string | undefined;
  await readStream({
    url,
    init: { signal },
    toNumber: Number,
    onRunId: () => undefined,
    onRecord({ data }) {
      const read = readData(data);
      if (read.type === 'fault') code = read.code;
    },
  });
  return code;
}
