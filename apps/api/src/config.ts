import { filesEnvironment } from '@calute/core/files/files-environment';
import {
  keyPrefix,
  logFormat,
  logLevel,
  partitionCount,
  redisUrl,
  runRetentionSeconds,
  runTimeoutSeconds,
  wholeNumber,
} from '@calute/core/process/read-environment';
import { z } from 'zod';
import { corsOrigins } from './settings/cors-origins.ts';
import { trustedProxies } from './settings/trusted-proxies.ts';

const port = (unset: number) => wholeNumber({ min: 0, max: 65_535, unset });
const milliseconds = (unset: number, min = 0) => wholeNumber({ min, max: 86_400_000, unset });

/** The environment of the API. Units stand in the names; docs/configuration.md says what each is for. */
export const apiEnvironmentSchema = z.object({
  REDIS_URL: redisUrl,
  REDIS_CA_FILE: z.string().optional(),
  REDIS_PARTITIONS: partitionCount,
  CALUTE_PREFIX: keyPrefix,
  CALUTE_API_KEY: z.string().min(16, 'expected at least 16 characters').optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port(8080),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: port(9090),
  CORS_ORIGINS: corsOrigins,
  TRUST_PROXY: trustedProxies,
  RUN_TIMEOUT_S: runTimeoutSeconds,
  RUN_RETENTION_S: runRetentionSeconds,
  STORE_RETENTION_S: wholeNumber({ min: 1, max: 366 * 86_400, unset: 30 * 86_400 }),
  RESPONSES_RETENTION_S: wholeNumber({ min: 1, max: 366 * 86_400, unset: 30 * 86_400 }),
  DISCONNECT_GRACE_MS: milliseconds(2000),
  DRAIN_TIMEOUT_MS: milliseconds(25_000),
  JOB_GATHER_MS: wholeNumber({ min: 0, max: 1000, unset: 8 }),
  MAX_LIVE_RUNS: wholeNumber({ min: 1, max: 10_000_000, unset: 100_000 }),
  MAX_BODY_BYTES: wholeNumber({ min: 1024, max: 256 * 1024 * 1024, unset: 10 * 1024 * 1024 }),
  SSE_HEADERS_AFTER_MS: milliseconds(1000),
  SSE_HEARTBEAT_MS: milliseconds(15_000, 100),
  SSE_DRAIN_TIMEOUT_MS: milliseconds(30_000, 100),
  WORKER_CONCURRENCY: wholeNumber({ min: 1, max: 10_000, unset: 256 }),
  ...filesEnvironment,
  WEBHOOKS_ALLOW_PRIVATE: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  LOG_LEVEL: logLevel,
  LOG_FORMAT: logFormat,
});
export type ApiConfig = z.infer<typeof apiEnvironmentSchema>;
