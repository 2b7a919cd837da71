import type { KeptRole } from './keep-role.ts';

/** After the first Ctrl-C; longer than the roles' own drain of 25 s and what a worker needs after it. */
const drainMs = 40_000;

/** Lets all finish what they hold, for so long; whatever is left then, or when `force` aborts, ends at once. */
export async function drainRoles(
  roles: readonly Pick<KeptRole, 'drain' | 'kill'>[],
  force: AbortSignal,
): Promise<void> {
  const kill = () => {
    for (const role of roles) role.kill();
  };
  const timer = setTimeout(kill, drainMs);
  force.addEventListener('abort', kill, { once: true });
  const drained = Promise.all(roles.map((role) => role.drain()));
  if (force.aborted) kill();
  await drained;
  clearTimeout(timer);
  force.removeEventListener('abort', kill);
}

export function whenAborted(signal: AbortSignal): Promise<'stopped'> {
  if (signal.aborted) return Promise.resolve('stopped');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}
