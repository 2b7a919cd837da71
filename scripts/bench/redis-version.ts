import { runCommand } from '../redis/run-command.ts';

/** Of a redis-server program; `unknown` when it does not tell. */
export async function redisVersion(program: string): Promise<string> {
  const ended = await runCommand(program, ['--version'], { timeoutMs: 5000 });
  const text = ended.outcome === 'done' ? ended.stdout : '';
  return /v=([\d.]+)/.exec(text)?.[1] ?? 'unknown';
}
