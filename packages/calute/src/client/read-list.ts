import { z } from 'zod';
import { ask, type Server } from './server.ts';

/** How much of a list is wanted, as OpenAI's lists are asked. */
export interface ListOptions {
  readonly limit?: string;
  readonly after?: string;
}

const listSchema = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  has_more: z.boolean().optional(),
});
export type ListedItem = z.infer<typeof listSchema>['data'][number];

/** One page of a list of the server; `more` says how to ask for the next one. */
export async function readList(
  server: Server,
  path: string,
  {
    query,
    purpose,
  }: { readonly query: Readonly<Record<string, string | undefined>>; readonly purpose: string },
): Promise<{ readonly items: readonly ListedItem[]; readonly more: string | undefined }> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const asked = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  const { data, has_more: hasMore } = await ask(server, `${path}${asked}`, { schema: listSchema, purpose });
  const last = data.at(-1)?.id;
  return { items: data, more: hasMore && last !== undefined ? `--after ${last} shows more.` : undefined };
}
