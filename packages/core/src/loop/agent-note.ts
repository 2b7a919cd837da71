import type { ErrorCode } from '../errors.ts';
import type { Compaction } from '../runs/run-end.ts';

/** What an operator may want to know of a run and nothing else tells; without a word of the conversation. */
export type AgentNote =
  /** A provider failed, and another one is asked instead. */
  | {
      readonly type: 'fell-back';
      readonly code: ErrorCode;
      /** The model that failed. */
      readonly failed: string;
      readonly agent: string;
      readonly model: string;
    }
  | { readonly type: 'answer-repaired'; readonly outcome: 'valid' | 'invalid' }
  | {
      readonly type: 'context-compacted';
      readonly strategy: Compaction['strategy'];
      readonly messagesBefore: number;
      readonly messagesAfter: number;
      /** By estimate, with tools and instructions. */
      readonly tokensBefore: number;
      readonly tokensAfter: number;
    };
