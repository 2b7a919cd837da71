import { runCommand } from './run-command.ts';

/** The image that stands in for a redis-server program. */
export const redisImage = 'redis:7';

const answerMs = 5000;

/** The command line of a container engine that answers: docker or podman. */
export async function findContainerEngine(): Promise<string | undefined> {
  for (const engine of ['docker', 'podman']) {
    const { outcome } = await runCommand(engine, ['version', '--format', '{{.Server.Version}}'], {
      timeoutMs: answerMs,
    });
    if (outcome === 'done') return engine;
  }
  return undefined;
}
