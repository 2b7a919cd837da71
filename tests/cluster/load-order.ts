import { z } from 'zod';

/** What a process of the load is to do. */
export const loadOrderSchema = z.object({
  url: z.string(),
  partitions: z.number(),
  kind: z.enum(['frames', 'runs']),
  lastsMs: z.number(),
});
export type LoadOrder = z.infer<typeof loadOrderSchema>;
