import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../scripts/redis/run-command.ts';
import { root } from '../ground/start-ground.ts';
import type { BenchSettings } from '../settings.ts';
import type { Figures } from './figures.ts';

/** When and on what a run has measured. */
export interface ResultsHead {
  readonly at: string;
  readonly mode: BenchSettings['mode'];
  /** Told apart only by its size. */
  readonly machine: { readonly cores: number; readonly memoryGb: number; readonly platform: string };
  readonly versions: Readonly<Record<string, string>>;
}

/** What a comparison of the peers has measured, as it is written to disk. */
export interface Results extends ResultsHead {
  readonly rounds: number;
  readonly cellMs: number;
  /** How many requests the least warmed peer had answered before the first round. */
  readonly warmUpRequests: number;
  readonly figures: readonly Figures[];
}

/** `latest` is written by every run, `recorded` by those with --save; later runs compare themselves with it. */
type ResultsName = 'latest' | 'recorded';
/** Of which measurement. */
type ResultsSuffix = '' | '-growth' | '-batches' | '-backlog' | '-telemetry';

/** Where runs and profiles are written. */
export const resultsFolder = join(root, 'bench', 'results');

/** What the figures of a run that has just ended depend on. */
export async function describeRun(mode: BenchSettings['mode'], redisProgram: string): Promise<ResultsHead> {
  const packages = ['bullmq', 'ioredis', 'express', 'undici', 'openai'];
  const versions = await Promise.all(packages.map(async (name) => [name, await versionOf(name)]));
  return {
    at: new Date().toISOString(),
    mode,
    machine: {
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
    },
    versions: {
      node: process.versions.node,
      redis: await redisVersion(redisProgram),
      ...Object.fromEntries(versions),
    },
  };
}

async function versionOf(name: string): Promise<string> {
  const manifest = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(manifest).version;
}

/** `unknown` when the program does not tell. */
async function redisVersion(program: string): Promise<string> {
  const ended = await runCommand(program, ['--version'], { timeoutMs: 5000 });
  const text = ended.outcome === 'done' ? ended.stdout : '';
  return /v=([\d.]+)/.exec(text)?.[1] ?? 'unknown';
}

/** Writes `bench/results/latest.json`, and with `save` `recorded.json` as well; gives the paths from the root. */
export async function writeResults(
  results: ResultsHead,
  { suffix, save }: { readonly suffix: ResultsSuffix; readonly save: boolean },
): Promise<readonly string[]> {
  await mkdir(resultsFolder, { recursive: true });
  const names: readonly ResultsName[] = save ? ['latest', 'recorded'] : ['latest'];
  const text = `${JSON.stringify(results, toFourDigits, 2)}\n`;
  await Promise.all(names.map((name) => writeFile(pathOf(name, suffix), text)));
  return names.map((name) => `bench/results/${name}${suffix}.json`);
}

/** The run that was last written with --save. */
export async function readRecorded<Read extends ResultsHead>(
  suffix: ResultsSuffix,
): Promise<Read | undefined> {
  const text = await readFile(pathOf('recorded', suffix), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

function pathOf(name: ResultsName, suffix: ResultsSuffix): string {
  return join(resultsFolder, `${name}${suffix}.json`);
}

function toFourDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
