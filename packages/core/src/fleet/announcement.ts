import { z } from 'zod';
import type { AgentDescriptor } from './agent-descriptor.ts';

/**
 * The text that a worker stores. The same for all workers that serve the same agents, so that readers get it once.
 * Descriptors are read one by one: a newer worker may announce one that this version cannot read.
 */
export const announcementSchema = z.object({ agents: z.array(z.unknown()) });

/** Sorted, because loading files in another order must not make another text. */
export function encodeAnnouncement(agents: readonly AgentDescriptor[]): string {
  return JSON.stringify({ agents: agents.toSorted((a, b) => (a.id < b.id ? -1 : 1)) });
}
