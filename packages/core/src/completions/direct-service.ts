import type { AskedDirectly } from '../runs/run-request.ts';
import { chooseEncoding } from './choose-encoding.ts';
import type { CompletionContext } from './completion-context.ts';
import type { RunRelay } from './run-relay.ts';
import type { SseEvent } from './sse-event.ts';
import type { SubmitRun } from './submit-run.ts';

export interface DirectServiceParts {
  readonly relay: RunRelay;
  readonly submit: SubmitRun;
}

/** What the API does with requests for the model itself: they are runs like any other, in a wire format of their own. */
export interface DirectService {
  /** One whole answer. Throws CaluteError. */
  create(asked: AskedDirectly, context: CompletionContext): Promise<object>;
  /** Its events, up to `[DONE]`. */
  createStreaming(asked: AskedDirectly, context: CompletionContext): AsyncGenerator<readonly SseEvent[]>;
}

export function createDirectService({ relay, submit }: DirectServiceParts): DirectService {
  return {
    create: (asked, context) => relay.gather(submit(asked, context, chooseEncoding), context),
    createStreaming: (asked, context) => relay.stream(submit(asked, context, chooseEncoding), context),
  };
}
