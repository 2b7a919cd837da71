import { z } from 'zod';
import type { Files } from '../../files/file-service.ts';
import { type FileLine, readLines } from '../../files/read-lines.ts';
import type { FileId } from '../../ids.ts';
import type { BatchRecord } from '../batch.ts';

const maxLineBytes = 256 * 1024 * 1024;
const namedSchema = z.object({ custom_id: z.string() });

/** The lines of a batch's input whose results stand in its error file, as they came. Throws `file_not_found`. */
export async function* pickFailed(
  files: Pick<Files, 'get' | 'read'>,
  { tenant, inputFileId, errorFileId }: Pick<BatchRecord, 'tenant' | 'inputFileId' | 'errorFileId'>,
): AsyncGenerator<string> {
  const read = async (file: FileId) => {
    const record = await files.get(tenant, file);
    const source = await files.read(record, { start: 0, end: record.bytes });
    return readLines(source, { maxLineBytes });
  };
  const failed = new Set<string>();
  for await (const line of await read(errorFileId)) {
    const id = readId(line);
    if (id !== undefined) failed.add(id);
  }
  for await (const line of await read(inputFileId)) {
    const id = readId(line);
    if (id !== undefined && failed.has(id) && line.kind === 'text') yield line.text;
  }
}

function readId(line: FileLine): string | undefined {
  if (line.kind !== 'text' || line.text.trim() === '') return undefined;
  return namedSchema.parse(JSON.parse(line.text)).custom_id;
}
