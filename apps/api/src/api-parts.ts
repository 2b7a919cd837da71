import type { Authenticate } from '@calute/core/api-keys/authenticate';
import type { BatchEndpoints } from '@calute/core/batches/batch-endpoint';
import type { Batches } from '@calute/core/batches/batch-service';
import type { StoredCompletions } from '@calute/core/completions/chat/stored-completions';
import type { CompletionService } from '@calute/core/completions/completion-service';
import type { DirectService } from '@calute/core/completions/direct-service';
import type { ConversationService } from '@calute/core/completions/responses/conversation-service';
import type { ResponseService } from '@calute/core/completions/responses/response-service';
import type { FileServices } from '@calute/core/files/open-files';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import type { Logger } from '@calute/core/logging/logger';
import type { Tracing } from '@calute/core/telemetry/tracing/tracing';
import type { ApiMetrics } from './admin/api-metrics.ts';
import type { AdmitResponse } from './admission/admit-response.ts';
import type { Console } from './console/mount-console.ts';
import type { HttpSettings } from './http-settings.ts';
import type { OpenStreams } from './server/open-streams.ts';

/** The part of the completion service that routes call; a fake implements just this. */
export type CompletionOperations = Pick<
  CompletionService,
  'createCompletion' | 'createStreamingCompletion' | 'followStreamingCompletion' | 'cancelCompletion'
>;

/** The part of the response service that routes call. */
export type ResponseOperations = Pick<
  ResponseService,
  | 'create'
  | 'createStreaming'
  | 'createInBackground'
  | 'retrieve'
  | 'follow'
  | 'cancel'
  | 'remove'
  | 'inputItems'
>;

type ConversationOperation = 'create' | 'get' | 'describe' | 'remove' | 'items' | 'add' | 'removeItem';

/** Everything the public app is made of; `main.ts` builds them, tests put scripted ones in their place. */
export interface ApiParts {
  readonly completions: CompletionOperations;
  readonly stored: Pick<StoredCompletions, 'get' | 'list' | 'describe' | 'remove' | 'messages'>;
  readonly responses: ResponseOperations;
  readonly direct: DirectService;
  readonly conversations: Pick<ConversationService, ConversationOperation>;
  readonly admitResponse: AdmitResponse;
  readonly agents: AgentDirectory;
  readonly files: Omit<FileServices, 'sweep' | 'growing'>;
  readonly batches: Batches;
  /** What the lines of a batch may ask for. */
  readonly batchEndpoints: Pick<BatchEndpoints, 'keys'>;
  readonly authenticate: Authenticate;
  /** Whether Redis answers; a rejection counts as no. */
  readonly checkHealth: () => Promise<boolean>;
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
  /** Undefined where tracing is off. */
  readonly tracing?: Tracing | undefined;
  /** Shared with the admin app and `drainServer`. */
  readonly streams: OpenStreams;
  readonly settings: HttpSettings;
  /** Without it nothing is served at `/console`. */
  readonly console?: Console;
}
