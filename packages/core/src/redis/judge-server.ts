import type { Redis } from 'ioredis';
import { nodesOf } from './connect.ts';
import type { RedisAddress } from './redis-address.ts';

/** What a Redis's settings mean for the runs that it is to keep; a sentence each. */
export interface ServerVerdict {
  /** Why it must not be used. */
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

const oldestVersion = 7;

/** What is to be said of a Redis, or of the nodes of a Cluster, each thing once. */
export async function judgeServer(redis: Redis): Promise<ServerVerdict> {
  const verdicts = await Promise.all(nodesOf(redis).map(judgeNode));
  const all = (pick: (verdict: ServerVerdict) => readonly string[]) => [...new Set(verdicts.flatMap(pick))];
  return { refusals: all(({ refusals }) => refusals), warnings: all(({ warnings }) => warnings) };
}

/** Asks a server for its settings. Where a hosted Redis tells nothing of them, there is nothing to judge. */
async function judgeNode(redis: Pick<Redis, 'info'>): Promise<ServerVerdict> {
  const text = await redis.info().catch((error: unknown) => {
    if (error instanceof Error && /^(NOPERM|ERR unknown command)/.test(error.message)) return '';
    throw error;
  });
  return judgeInfo(text);
}

/** The judgement on what INFO says. */
export function judgeInfo(info: string): ServerVerdict {
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(/:(.*)/s, 2) as [string, string]));
  const refusals: string[] = [];
  const warnings: string[] = [];
  const version = fields.get('redis_version');
  if (version !== undefined && Number.parseInt(version, 10) < oldestVersion) {
    refusals.push(`this Redis is version ${version}: version ${oldestVersion} or later is needed`);
  }
  const policy = fields.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    const fault = `this Redis evicts keys when its memory is full (maxmemory-policy ${policy}), which loses runs: set it to noeviction`;
    const evicts = policy.startsWith('allkeys-') && Number(fields.get('maxmemory')) > 0;
    (evicts ? refusals : warnings).push(fault);
  }
  if (fields.get('aof_enabled') === '0') {
    warnings.push('this Redis keeps no append-only file, so a crash of it loses runs: set appendonly yes');
  }
  return { refusals, warnings };
}

/** A warning when whoever reaches the port may read and write everything. */
export function judgeAddress({ hosts, hasPassword }: Pick<RedisAddress, 'hosts' | 'hasPassword'>): string[] {
  if (hasPassword || hosts.every(isLoopback)) return [];
  return [
    'REDIS_URL names another machine and no password: set one in Redis (requirepass, or users) and in the URL, and use rediss:// across networks',
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
