import type { ErrorCode } from '../errors.ts';
import type { Compaction } from '../runs/run-end.ts';

/** What an operator may want to know of a run and nothing else tells; without a word of the conversation, but for what a tool throws. */
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
  /** A tool threw, or took too long; the model is told the message, and nobody but the log the rest. */
  | {
      readonly type: 'tool-failed';
      readonly tool: string;
      readonly callId: string;
      /** Whose tool it is. */
      readonly agent: string;
      readonly err: Error;
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
