import { z } from 'zod';
import { StartError } from './start-error.ts';
import { describeStray, findStrayVariables } from './stray-variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a role's settings from the environment. An empty variable counts as unset, because compose files pass those on.
 * Throws StartError that names every bad variable at once, those included whose name is a slip, without their values: one
 * may be a secret.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
): z.output<Schema> {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  const parsed = schema.safeParse(Object.fromEntries(given));
  const slips = findStrayVariables(environment).filter(({ kind }) => kind === 'fault');
  if (parsed.success && slips.length === 0) return parsed.data;
  const issues = parsed.error?.issues ?? [];
  const faults = [
    ...issues.map((issue) => `${issue.path.join('.')} (${issue.message})`),
    ...slips.map(describeStray),
  ];
  throw new StartError(`Bad environment: ${faults.join('; ')}.`);
}

/** A whole number within bounds, with what stands for unset. */
export function wholeNumber(bounds: { readonly min: number; readonly max: number; readonly unset: number }) {
  const { min, max, unset } = bounds;
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected)
    .default(unset);
}

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info');

/** How lines of the log look; unset: for people where standard error is a terminal, else JSON. */
export const logFormat = z.enum(['pretty', 'json']).optional();

export const redisUrl = z
  .string({ error: 'set it to redis://host:6379; `npm start` brings a Redis of its own' })
  .regex(
    /^rediss?(-sentinel|-cluster)?:\/\//,
    'expected redis://, rediss://, redis-sentinel:// or redis-cluster://',
  );

/** What several installations on one Redis differ by. */
export const keyPrefix = z
  .string()
  .regex(/^[\w{}.-]{1,64}$/, 'expected 1 to 64 letters, digits, _ . - or a hash tag')
  .default('calute');

/** Over how many sets of keys the runs are spread; fixed when an installation starts for the first time. */
export const partitionCount = wholeNumber({ min: 1, max: 256, unset: 1 });

/** Longest life of a run, and how long it stays readable after its end: both API and worker need to know. */
export const runTimeoutSeconds = wholeNumber({ min: 1, max: 86_400, unset: 600 });
export const runRetentionSeconds = wholeNumber({ min: 1, max: 7 * 86_400, unset: 600 });
