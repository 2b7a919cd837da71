import type { Compaction } from '../../runs/run-end.ts';

/** What an operator may want to know of a run and nothing else tells; without a word of the conversation. */
export type AgentNote =
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
