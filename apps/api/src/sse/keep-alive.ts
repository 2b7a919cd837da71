import type { ServerResponse } from 'node:http';

/** A single newline: a blank line after `id:` lines makes openai-python dispatch an empty event and fail. */
const comment = ': keep-alive\n';

export interface KeepAlive {
  /** Puts the next comment off by a whole interval. */
  refresh(): void;
  stop(): void;
}

/** Writes a comment after every `intervalMs` without `refresh`, but none while the client leaves its socket full. */
export function startKeepAlive(response: ServerResponse, intervalMs: number): KeepAlive {
  const timer = setInterval(() => {
    if (!response.writableNeedDrain && !response.writableEnded && !response.destroyed)
      response.write(comment);
  }, intervalMs);
  return { refresh: () => timer.refresh(), stop: () => clearInterval(timer) };
}
