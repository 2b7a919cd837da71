import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figures } from './figures.ts';
import type { BenchSettings } from './settings.ts';

/** What a run has measured, as it is written to disk. */
export interface Results {
  readonly at: string;
  readonly mode: BenchSettings['mode'];
  readonly rounds: number;
  readonly cellMs: number;
  /** How many requests the least warmed peer had answered before the first round. */
  readonly warmUpRequests: number;
  readonly machine: { readonly cores: number; readonly memoryGb: number; readonly platform: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: readonly Figures[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where runs and profiles are written. */
export const resultsFolder = join(root, 'bench', 'results');

/** What the figures depend on; the machine is told apart only by its size. */
export async function describeGround(redisVersion: string): Promise<Pick<Results, 'machine' | 'versions'>> {
  const packages = ['bullmq', 'ioredis', 'express', 'undici', 'openai'];
  const versions = await Promise.all(packages.map(async (name) => [name, await versionOf(name)]));
  return {
    machine: {
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
    },
    versions: { node: process.versions.node, redis: redisVersion, ...Object.fromEntries(versions) },
  };
}

async function versionOf(name: string): Promise<string> {
  const manifest = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(manifest).version;
}

/** Writes `bench/results/latest.json`, or `recorded.json`, which later runs compare themselves with; gives the path. */
export async function writeResults(results: Results, name: 'latest' | 'recorded'): Promise<string> {
  await mkdir(resultsFolder, { recursive: true });
  const path = join(resultsFolder, `${name}.json`);
  await writeFile(path, `${JSON.stringify(results, toFourDigits, 2)}\n`);
  return path;
}

/** The run that was last written with --save. */
export async function readRecorded(): Promise<Results | undefined> {
  const text = await readFile(join(resultsFolder, 'recorded.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

function toFourDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
