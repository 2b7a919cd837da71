import { z } from 'zod';

/**
 * A tool as a server lists it (`tools/list`, MCP 2025-11-25). Loose, because it is foreign: what is not needed is not
 * checked, and one bad tool does not spoil the list.
 */
export const listedToolSchema = z.object({
  name: z.string().min(1).max(256),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: z.looseObject({ type: z.literal('object') }),
  annotations: z
    .object({ readOnlyHint: z.boolean().optional(), idempotentHint: z.boolean().optional() })
    .optional(),
});
export type ListedTool = z.infer<typeof listedToolSchema>;
