import type { AgentDescriptor } from './agent-descriptor.ts';

export interface ListedAgent extends AgentDescriptor {
  /** When the agent was first announced, in Unix seconds; the same on every replica. */
  readonly created: number;
}

/** The agents that workers have announced, as one API process sees them (at most some seconds old). */
export interface AgentDirectory {
  /** Sorted by id. */
  list(): Promise<readonly ListedAgent[]>;
  /** Looks again in the store before it answers undefined, so that a fresh agent is found at once. */
  get(id: string): Promise<ListedAgent | undefined>;
}
