import { openChatEncoding } from './chat/chat-encoding.ts';
import { openEmbeddingEncoding } from './embeddings/embedding-encoding.ts';
import { openResponseEncoding } from './responses/response-encoding.ts';
import type { OpenEncoding } from './run-encoding.ts';
import { openTextEncoding } from './text/text-encoding.ts';

/** The wire format that a run was asked for in. */
export const chooseEncoding: OpenEncoding<object> = (runId, run) => {
  const { response, direct } = run.request;
  if (response !== undefined) return openResponseEncoding(runId, run);
  switch (direct?.endpoint) {
    case 'embeddings':
      return openEmbeddingEncoding(runId, run);
    case 'completions':
      return openTextEncoding(runId, run);
    case undefined:
      return openChatEncoding(runId, run);
  }
};
