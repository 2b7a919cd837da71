import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../redis/keys.ts';
import { defineScript } from '../redis/load-script.ts';

/** How a worker is, as it says itself. */
export const workerReportSchema = z.object({
  /** Runs that it holds at once, and those that it holds. */
  slots: z.number(),
  used: z.number(),
  draining: z.boolean(),
  agents: z.array(z.string()),
  startedAtMs: z.number(),
  host: z.string(),
  pid: z.number(),
  /** Share of the time in which its event loop had work, since the report before. */
  loop: z.number(),
  /** The longest that its event loop was blocked since then. */
  blockedMs: z.number(),
  memoryBytes: z.number(),
});
export type WorkerReport = z.infer<typeof workerReportSchema>;

export interface ReportedWorker extends WorkerReport {
  readonly workerId: string;
  /** Since its last report, by Redis's clock. */
  readonly ageMs: number;
}

/** How often a worker reports. */
export const reportEveryMs = 2500;
/** After which a worker that reports no more counts as dead: its leases have run out by then too. */
export const deadAfterMs = 10_000;
/** How long a worker that reports no more is shown. */
const shownMs = 120_000;

const reportLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now) .. ARGV[2])
`;

const readLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found, all = {}, redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local at, report = string.match(all[index + 1], '^(%d+) (.*)$')
  if now - tonumber(at) > tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], all[index])
  else found[#found + 1] = { all[index], now - at, report } end
end
return found
`;

/** Stores reports; `forget` is for a worker that stops by itself. Both throw CaluteError `store_unavailable`. */
export function createWorkerReports(redis: Redis, keys: Pick<Keys, 'workerReports'>, workerId: string) {
  const script = defineScript(redis, { name: 'report-worker', lua: reportLua, numberOfKeys: 1 });
  const send = async (text: string) => void (await script([keys.workerReports], [workerId, text]));
  return { report: (report: WorkerReport) => send(JSON.stringify(report)), forget: () => send('') };
}

const repliesSchema = z.array(z.tuple([z.string(), z.number(), z.string()]));

/** Reads the reports of the last two minutes; what a newer version wrote is left out. Throws CaluteError `store_unavailable`. */
export function createReadWorkers(
  redis: Redis,
  keys: Pick<Keys, 'workerReports'>,
): () => Promise<ReportedWorker[]> {
  const script = defineScript(redis, { name: 'read-workers', lua: readLua, numberOfKeys: 1 });
  return async () => {
    const replies = repliesSchema.parse(await script([keys.workerReports], [shownMs]));
    const workers = replies.flatMap(([workerId, ageMs, text]) => {
      const parsed = workerReportSchema.safeParse(parseJson(text));
      return parsed.success ? [{ workerId, ageMs, ...parsed.data }] : [];
    });
    return workers.sort((a, b) => a.startedAtMs - b.startedAtMs || (a.workerId < b.workerId ? -1 : 1));
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
