import { z } from 'zod';

/** What a server answers to `tools/call`; loose, so that a kind of content of a later version does not spoil the rest. */
export const toolAnswerSchema = z.looseObject({
  // Null equals absent, as everywhere in what servers send.
  content: z
    .array(z.looseObject({ type: z.string() }))
    .nullish()
    .transform((blocks) => blocks ?? []),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().nullish(),
});
type ToolAnswer = z.output<typeof toolAnswerSchema>;
type Block = ToolAnswer['content'][number];

/** Of a failure's text: the size of a result is bounded where it is told to the model, that of an error is not. */
const maxErrorLength = 4096;

/**
 * The text that the model is told: the text blocks, with a note for each block that is none; structured content counts
 * only without any block, because servers repeat it as text. Throws the text of an answer that says `isError`.
 */
export function readToolAnswer({ content, structuredContent, isError }: ToolAnswer): string {
  const isStructured = content.length === 0 && structuredContent !== undefined && structuredContent !== null;
  const text = isStructured ? JSON.stringify(structuredContent) : content.map(describeBlock).join('\n');
  if (isError === true)
    throw new Error(text.slice(0, maxErrorLength) || 'The tool failed without saying why.');
  return text;
}

const textBlock = z.object({
  type: z.literal('text'),
  text: z
    .string()
    .nullable()
    .transform((text) => text ?? ''),
});
const textResource = z.object({ type: z.literal('resource'), resource: z.object({ text: z.string() }) });
const mediaBlock = z.object({ type: z.enum(['image', 'audio']), mimeType: z.string().max(100) });
const linkBlock = z.object({ type: z.literal('resource_link'), uri: z.string() });
const blobResource = z.object({ type: z.literal('resource'), resource: z.object({ uri: z.string() }) });

function describeBlock(block: Block): string {
  const text = textBlock.safeParse(block).data?.text ?? textResource.safeParse(block).data?.resource.text;
  if (text !== undefined) return text;
  const media = mediaBlock.safeParse(block).data;
  if (media) return `[${media.type} (${media.mimeType}): not supported here]`;
  const link = linkBlock.safeParse(block).data;
  if (link) return `[link to ${link.uri}]`;
  const blob = blobResource.safeParse(block).data;
  if (blob) return `[binary resource ${blob.resource.uri}: not supported here]`;
  return `[content of type "${block.type.slice(0, 100)}": not supported here]`;
}
