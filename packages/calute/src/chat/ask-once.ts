import type { Terminal } from '../cli/terminal.ts';
import { type GatheredAnswer, gatherAnswer } from '../client/gather-message.ts';
import { type Server, ServerRefusal, send } from '../client/server.ts';
import { type StreamSource, streamAnswer } from '../client/stream-answer.ts';
import { createAnswerView } from './answer-view.ts';

export interface AskParts {
  readonly server: Server;
  readonly terminal: Terminal;
  /** Nothing is shown while it comes. */
  readonly isQuiet: boolean;
  /** Listens for Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

export type AskOutcome =
  | { readonly outcome: 'answered'; readonly answer: GatheredAnswer }
  | { readonly outcome: 'cancelled' };

/**
 * Reads one answer to its end and shows it as it comes. The first Ctrl-C cancels the run on the server, a second one only stops
 * reading. Throws as `streamAnswer` does.
 */
export async function askOnce(source: StreamSource, parts: AskParts): Promise<AskOutcome> {
  const { server, terminal, isQuiet, onInterrupt } = parts;
  const view = createAnswerView(terminal);
  const gathering = gatherAnswer();
  const stop = new AbortController();
  const cancel = createCancel(server, stop);
  const ignore = onInterrupt(cancel.request);
  let told = '';
  try {
    const chunks = streamAnswer(server, source, {
      signal: stop.signal,
      onRun: cancel.knowRun,
      onCut(reason) {
        // A server that is away is away at each try.
        if (!isQuiet && reason !== told) view.note(`· ${reason}; it is taken up again`);
        told = reason;
      },
    });
    for await (const chunk of chunks) {
      gathering.add(chunk);
      told = '';
      if (!isQuiet) view.show(chunk);
    }
    return { outcome: 'answered', answer: gathering.answer };
  } catch (error) {
    const isCancelled = error instanceof ServerRefusal && error.code === 'run_cancelled';
    if (cancel.isRequested && (isCancelled || stop.signal.aborted)) return { outcome: 'cancelled' };
    throw error;
  } finally {
    ignore();
    if (!isQuiet) view.end();
  }
}

/** Cancels as soon as the run has an id; the server tells that within a second. */
function createCancel(server: Server, stop: AbortController) {
  let runId: string | undefined;
  let isRequested = false;
  let isSent = false;
  const sendOnce = () => {
    if (runId === undefined || !isRequested || isSent) return;
    isSent = true;
    const path = `/chat/completions/${runId}/cancel`;
    // What cannot be cancelled can still be left.
    send(server, path, { method: 'POST' }).catch(() =>
      stop.abort(new Error('The run could not be cancelled.')),
    );
  };
  return {
    get isRequested() {
      return isRequested;
    },
    knowRun(id: string) {
      runId = id;
      sendOnce();
    },
    request() {
      if (isRequested) stop.abort(new Error('Interrupted.'));
      isRequested = true;
      sendOnce();
    },
  };
}
