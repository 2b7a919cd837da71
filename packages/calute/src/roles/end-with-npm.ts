const lookForParentMs = 250;

/**
 * Ends this process in order once npm is gone: it passes a signal to its shell alone, and that dies without telling us, so all
 * there is to see is another parent. Without npm nothing is done: a parent that leaves a daemon behind means to.
 */
export function endWithNpm(env: NodeJS.ProcessEnv): void {
  if (env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookForParentMs);
}
