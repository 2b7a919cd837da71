import { CaluteError } from '../errors.ts';
import { type OpenParts, type OpenToolServer, openToolServer } from './open-tool-server.ts';
import { createRedactSecrets } from './redact-secrets.ts';
import { createRest, type RestLimits } from './rest-after-failure.ts';

export interface ReconnectLimits extends RestLimits {
  /** How long one who needs the server waits for it. */
  readonly waitMs: number;
}

export interface ReconnectingParts extends OpenParts {
  /** What the agent file calls the server. */
  readonly name: string;
  readonly limits: ReconnectLimits;
  readonly now: () => number;
}

/** A server that is connected when somebody needs it, and again when the connection is gone. */
export interface Reconnecting {
  /**
   * Throws CaluteError `tool_server_unavailable`, after `waitMs` at most (connecting goes on) and at once while the server
   * is left alone after a failure; or the signal's reason.
   */
  open(signal: AbortSignal): Promise<OpenToolServer>;
  /** Closes one that has failed, so that `open` makes another. */
  drop(opened: OpenToolServer): Promise<void>;
  /** Closes what is open or being opened; `open` may open it again, unless `forGood`. */
  close(how?: { readonly forGood: boolean }): Promise<void>;
}

export function createReconnecting(parts: ReconnectingParts): Reconnecting {
  const { name, limits, now, logger } = parts;
  const rest = createRest(limits, now);
  const redact = createRedactSecrets(parts.address);
  const stopping = new AbortController();
  let current: Promise<OpenToolServer> | undefined;
  const start = (): Promise<OpenToolServer> => {
    const opening = openToolServer(parts, stopping.signal);
    void follow(opening).then(() => {
      if (current === opening) current = undefined;
    });
    return opening;
  };
  const follow = async (opening: Promise<OpenToolServer>) => {
    try {
      const { connection, tools } = await opening;
      rest.succeeded();
      logger.info({ tools: tools.length }, 'tool-server.connected');
      await connection.closed;
      logger.info('tool-server.disconnected');
    } catch (error) {
      rest.failed();
      logger.warn({ reason: redact(describe(error)), restMs: rest.remainingMs() }, 'tool-server.unavailable');
    }
  };
  return {
    async open(signal) {
      signal.throwIfAborted();
      if (stopping.signal.aborted || (!current && rest.remainingMs() > 0))
        throw unavailable(name, rest.remainingMs());
      current ??= start();
      const bound = AbortSignal.any([signal, AbortSignal.timeout(limits.waitMs)]);
      try {
        return await unlessAborted(current, bound);
      } catch (cause) {
        signal.throwIfAborted();
        throw unavailable(name, rest.remainingMs(), cause);
      }
    },
    async drop(opened) {
      const was = current;
      const isCurrent = (await was?.catch(() => undefined)) === opened;
      if (isCurrent && current === was) current = undefined;
      await opened.connection.close();
    },
    async close({ forGood } = { forGood: false }) {
      if (forGood) stopping.abort();
      const was = current;
      current = undefined;
      const opened = await was?.catch(() => undefined);
      await opened?.connection.close();
    },
  };
}

async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function unavailable(name: string, restMs: number, cause?: unknown): CaluteError {
  return new CaluteError(
    'tool_server_unavailable',
    `The tool server "${name}" is not available; try again.`,
    {
      cause,
      ...(restMs > 0 ? { retryAfterMs: restMs } : {}),
    },
  );
}

/** With the cause, because `fetch failed` alone says nothing. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const more = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : undefined;
  return (more === undefined ? message : `${message} (${more})`).slice(0, 500);
}
