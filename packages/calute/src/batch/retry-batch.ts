import { z } from 'zod';
import { CommandFailure } from '../cli/command-failure.ts';
import type { Server } from '../client/server.ts';
import { readFileLines, uploadBlob } from './batch-files.ts';
import { type Batch, hasEnded } from './batch-record.ts';

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.number() }).nullish(),
});

/**
 * Uploads those lines of a batch that have no answer: all of its input but the lines whose answer is a success, so that lines
 * that an expired batch never came to count as well. Gives the id of the new file and the number of its lines.
 */
export async function uploadUnanswered(
  server: Server,
  batch: Batch,
): Promise<{ fileId: string; lines: number }> {
  if (!hasEnded(batch))
    throw new CommandFailure(`${batch.id} is still ${batch.status}: wait for its end, or cancel it.`);
  const answered = new Set<string>();
  if (batch.output_file_id) {
    for await (const line of readFileLines(server, batch.output_file_id)) {
      const { custom_id: id, response } = lineSchema.parse(JSON.parse(line));
      if (response && response.status_code < 300) answered.add(id);
    }
  }
  const left: string[] = [];
  for await (const line of readFileLines(server, batch.input_file_id)) {
    const parsed = lineSchema.safeParse(parseLine(line));
    if (!parsed.success || !answered.has(parsed.data.custom_id)) left.push(`${line}\n`);
  }
  if (left.length === 0)
    throw new CommandFailure(`Every line of ${batch.id} has an answer: nothing to send again.`);
  const fileId = await uploadBlob(server, new Blob(left), `retry-${batch.id}.jsonl`);
  return { fileId, lines: left.length };
}

/** A line that is no JSON goes along: the server says what is wrong with it. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
