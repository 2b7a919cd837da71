/**
 * A function that runs `task`, never twice at once: asked while it runs, it runs it once more afterwards, however often it
 * was asked. What it returns resolves when nothing is left to do. `task` must not throw.
 */
export function oneAtATime(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async () => {
    do {
      again = false;
      await task();
    } while (again);
    running = undefined;
  };
  return () => {
    again = true;
    running ??= run();
    return running;
  };
}
