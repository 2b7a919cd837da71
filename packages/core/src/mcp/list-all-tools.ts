import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { z } from 'zod';
import type { Logger } from '../logging/logger.ts';
import { type ListedTool, listedToolSchema } from './listed-tool.ts';

/** More would fill the model's context with nothing but tools; it also ends a server that pages for ever. */
const maxTools = 1000;
const pageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

/** All pages of a server's tools; one that cannot be read is left out and logged. */
export async function listAllTools(
  client: Client,
  options: { readonly signal: AbortSignal; readonly timeout: number },
  logger: Logger,
): Promise<readonly ListedTool[]> {
  const found: unknown[] = [];
  for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'tools/list', params }, pageSchema, options);
    found.push(...page.tools);
    cursor = page.nextCursor;
    if (found.length > maxTools || pages >= maxTools)
      throw new Error(`The server lists more than ${maxTools} tools.`);
  }
  return found.flatMap((tool) => {
    const parsed = listedToolSchema.safeParse(tool);
    if (!parsed.success) logger.warn({ fault: z.prettifyError(parsed.error) }, 'tool-server.bad-tool');
    return parsed.success ? [parsed.data] : [];
  });
}
