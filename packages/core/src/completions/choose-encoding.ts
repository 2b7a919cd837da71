import { openChatEncoding } from './chat/chat-encoding.ts';
import { openResponseEncoding } from './responses/response-encoding.ts';
import type { OpenEncoding } from './run-encoding.ts';

/** The wire format that a run was asked for in. */
export const chooseEncoding: OpenEncoding<unknown> = (runId, run) =>
  run.request.response === undefined ? openChatEncoding(runId, run) : openResponseEncoding(runId, run);
