import {
  keyPrefix,
  logFormat,
  logLevel,
  partitionCount,
  redisUrl,
  runRetentionSeconds,
  wholeNumber,
} from '@calute/core/process/read-environment';
import { z } from 'zod';
import { headersSchema, maxTokensFields } from './models/provider-settings.ts';

const baseUrl = (end: string) =>
  z.url({ protocol: /^https?$/, error: `expected an http(s) URL that ends in ${end}` }).optional();

/** Calls that may be open at once, over all workers; 0: any number. */
const maxConcurrency = wholeNumber({ min: 0, max: 100_000, unset: 0 });

/** Unset: none. 0: any free one, which the worker tells when it is up. */
const optionalPort = wholeNumber({ min: 0, max: 65_535, unset: -1 }).transform((port) =>
  port === -1 ? undefined : port,
);

/** Names of headers and their values, as JSON. */
const headers = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown; // because the schema behind it checks it
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a JSON object of header names and values' });
      return z.NEVER;
    }
  })
  .pipe(headersSchema)
  .optional();

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');

/** The environment of a worker. Units stand in the names; docs/configuration.md says what each is for. */
export const workerEnvironmentSchema = z.object({
  REDIS_URL: redisUrl,
  REDIS_CA_FILE: z.string().optional(),
  REDIS_PARTITIONS: partitionCount,
  CALUTE_PREFIX: keyPrefix,
  CALUTE_AGENTS: z.string().default('./agents'),
  CALUTE_RELOAD: flag,
  CALUTE_OVERRIDE_SAMPLINGS: flag,
  OPENAI_BASE_URL: baseUrl('/v1'),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_MAX_CONCURRENCY: maxConcurrency,
  OPENAI_ENFORCES_FORMAT: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  OPENAI_STREAM_OPTIONS: z
    .enum(['on', 'off'])
    .transform((value) => value === 'on')
    .optional(),
  OPENAI_MAX_TOKENS_FIELD: z.enum(maxTokensFields).optional(),
  OPENAI_HEADERS: headers,
  MODEL_PROVIDERS: z.string().optional(),
  ANTHROPIC_BASE_URL: baseUrl('/v1'),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_MAX_CONCURRENCY: maxConcurrency,
  GOOGLE_GENERATIVE_AI_BASE_URL: baseUrl('/v1beta'),
  GOOGLE_GENERATIVE_AI_API_KEY: z.string().optional(),
  GOOGLE_GENERATIVE_AI_MAX_CONCURRENCY: maxConcurrency,
  PROVIDER_WAIT_S: wholeNumber({ min: 0, max: 3600, unset: 30 }),
  RUN_RETENTION_S: runRetentionSeconds,
  FRAME_GATHER_MS: wholeNumber({ min: 0, max: 1000, unset: 20 }),
  WORKER_CONCURRENCY: wholeNumber({ min: 1, max: 10_000, unset: 256 }),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: optionalPort,
  DRAIN_TIMEOUT_MS: wholeNumber({ min: 0, max: 86_400_000, unset: 25_000 }),
  LOG_LEVEL: logLevel,
  LOG_FORMAT: logFormat,
});
export type WorkerConfig = z.infer<typeof workerEnvironmentSchema>;
