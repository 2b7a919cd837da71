import { z } from 'zod';

/** What a tool throws is cut here: it is for a model to read. */
const maxErrorLength = 8192;

/** What the model is told of a tool that failed. */
export function errorResult(message: string): string {
  return JSON.stringify({ error: message.slice(0, maxErrorLength) });
}

const errorSchema = z.strictObject({ error: z.string() });

/** Whether that is what it is told; also when the tool itself said so. */
export function isErrorResult(content: string): boolean {
  // Results may be long and are rarely errors.
  return content.startsWith('{"error":') && errorSchema.safeParse(parseJson(content)).success;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
