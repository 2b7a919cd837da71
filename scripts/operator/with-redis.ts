import { join } from 'node:path';
import { CaluteError } from '@calute/core/errors';
import { createLogger, type Logger } from '@calute/core/logging/logger';
import { readPartitions } from '@calute/core/partitions/fix-partitions';
import { keyPrefix, readEnvironment } from '@calute/core/process/read-environment';
import { StartError } from '@calute/core/process/start-error';
import { closeRedis, connectRedis, whenReady } from '@calute/core/redis/connect';
import { createErrorReport } from '@calute/core/redis/error-report';
import { createKeys, type Keys } from '@calute/core/redis/keys';
import { globalPrefix } from '@calute/core/redis/partitioning';
import { z } from 'zod';
import { checkRedis } from '../redis/check-redis.ts';
import { type CommandResult, failure, type OperatorOptions } from './command-result.ts';
import { locateRedis } from './locate-redis.ts';

export interface OperatorRedis {
  readonly redis: ReturnType<typeof connectRedis>;
  readonly keys: Keys;
  /** What `connectRunStore` has to know of the installation. */
  readonly installation: { readonly CALUTE_PREFIX: string; readonly REDIS_PARTITIONS: number };
  readonly logger: Logger;
}

const boundMs = 5000;
const checkoutState = join(import.meta.dirname, '..', '..', '.calute');
const environmentSchema = z.object({ CALUTE_PREFIX: keyPrefix });

/** Runs a command on the Redis of REDIS_URL or of a running `npm start`; what keeps it from that is one sentence. */
export async function withRedis(
  role: string,
  { stateDir = checkoutState }: Pick<OperatorOptions, 'stateDir'>,
  run: (parts: OperatorRedis) => Promise<CommandResult>,
): Promise<CommandResult> {
  const located = await locateRedis(process.env, stateDir);
  if (located.outcome === 'none') return failure(located.message);
  const check = await checkRedis(located.url);
  if (check.outcome === 'unusable') return failure(located.advice ?? check.message);
  const logger = createLogger({ role, level: 'warn' });
  const redis = connectRedis(
    located.url,
    'command',
    createErrorReport(logger),
    process.env['REDIS_CA_FILE'] || undefined,
  );
  try {
    const { CALUTE_PREFIX: prefix } = readEnvironment(environmentSchema, process.env);
    await whenReady(redis, AbortSignal.timeout(boundMs));
    const partitions = await readPartitions(redis, prefix);
    const keys = createKeys(globalPrefix({ prefix, isCluster: redis.isCluster }));
    const installation = { CALUTE_PREFIX: prefix, REDIS_PARTITIONS: partitions };
    return await run({ redis, keys, installation, logger });
  } catch (error) {
    if (CaluteError.is(error) || error instanceof StartError) return failure(error.message);
    throw error;
  } finally {
    await closeRedis(redis, boundMs);
  }
}
