import { readFile } from 'node:fs/promises';
import { knownProviders } from '@calute/core/agent/model-name';
import type { NamedConfig } from '@calute/core/models/resolve-model';
import type { Environment } from '@calute/core/process/read-environment';
import { StartError } from '@calute/core/process/start-error';
import { z } from 'zod';
import { type ProviderSettings, providerSettingsSchema } from './provider-settings.ts';

const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected 1 to 32 small letters, digits or -, a letter first')
  .refine(
    (name) => !knownProviders.some((known) => known === name),
    'this name is taken by a provider of Calute',
  );
const fileSchema = z.record(providerName, providerSettingsSchema, {
  error: 'expected an object of providers by name',
});

/**
 * The providers that a file names, by name. In keys and headers `${NAME}` stands for a variable of the environment, so that
 * no secret has to be in the file. Throws StartError that names every bad field, without its value.
 */
export async function readModelProviders(
  path: string,
  environment: Environment,
): Promise<Readonly<Record<string, NamedConfig>>> {
  const parsed = fileSchema.safeParse(parseJson(path, await readText(path)));
  if (!parsed.success) throw new StartError(`Bad MODEL_PROVIDERS ${path}: ${describe(parsed.error)}.`);
  const entries = Object.entries(parsed.data);
  return Object.fromEntries(entries.map(([name, settings]) => [name, toConfig(settings, environment)]));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new StartError(
      `MODEL_PROVIDERS names ${path}, which cannot be read${code}; give the path of a JSON file.`,
    );
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StartError(`MODEL_PROVIDERS names ${path}, which is not JSON.`);
  }
}

function describe(error: z.ZodError): string {
  const faults = error.issues.map((issue) => {
    // What is wrong with a name stands one level deeper.
    const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
    return `${issue.path.join('.') || 'the file'} (${message})`;
  });
  return faults.join('; ');
}

function toConfig(settings: ProviderSettings, environment: Environment): NamedConfig {
  const { baseUrl, apiKey, headers = {}, enforcesFormat, maxConcurrency, ...dialect } = settings;
  const lacking = [apiKey ?? '', ...Object.values(headers)].flatMap((text) => listLacking(text, environment));
  const filled = Object.entries(headers).map(([name, value]) => [name, fill(value, environment)]);
  const given = Object.entries(dialect).filter(([, value]) => value !== undefined);
  return {
    baseUrl,
    apiKey: apiKey === undefined ? undefined : fill(apiKey, environment),
    headers: Object.fromEntries(filled),
    enforcesFormat,
    maxConcurrency,
    dialect: Object.fromEntries(given),
    ...(lacking.length === 0 ? {} : { lacks: lacking.join(' and ') }),
  };
}

const reference = /\$\{(\w+)\}/g;

function fill(text: string, environment: Environment): string {
  return text.replace(reference, (_, name: string) => environment[name] ?? '');
}

/** The variables that a text refers to and that are not set. */
function listLacking(text: string, environment: Environment): string[] {
  const names = [...text.matchAll(reference)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  return names.filter((name) => (environment[name] ?? '') === '');
}
