import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { z } from 'zod';
import type { Logger } from '../logging/logger.ts';
import { type ListedTool, listedToolSchema } from './listed-tool.ts';

/** More would fill the model's context with nothing but tools. */
const maxTools = 1000;
/** For servers that page for ever without bringing a tool. */
const maxPages = 200;
const pageSchema = z.looseObject({
  tools: z.array(z.unknown()).nullish(),
  nextCursor: z.string().nullish(),
});

/**
 * All pages of a server's tools; one that cannot be read is left out and logged. Null and an empty text for the next cursor
 * end the list. Throws for a list that does not end.
 */
export async function listAllTools(
  client: Pick<Client, 'request'>,
  options: { readonly signal: AbortSignal; readonly timeout: number },
  logger: Logger,
): Promise<readonly ListedTool[]> {
  const found: unknown[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'tools/list', params }, pageSchema, options);
    found.push(...(page.tools ?? []));
    if (found.length > maxTools) throw new Error(`The server lists more than ${maxTools} tools.`);
    cursor = page.nextCursor || undefined;
    assertGoesOn(cursor, cursors);
  } while (cursor !== undefined);
  return found.flatMap((tool) => {
    const parsed = listedToolSchema.safeParse(tool);
    if (!parsed.success) logger.warn({ fault: z.prettifyError(parsed.error) }, 'tool-server.bad-tool');
    return parsed.success ? [parsed.data] : [];
  });
}

function assertGoesOn(cursor: string | undefined, cursors: Set<string>): void {
  if (cursor === undefined) return;
  if (cursors.has(cursor))
    throw new Error('The list of tools does not end: the server gives the same cursor again.');
  if (cursors.size >= maxPages)
    throw new Error(`The list of tools does not end: the server has more than ${maxPages} pages.`);
  cursors.add(cursor);
}
