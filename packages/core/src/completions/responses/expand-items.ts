import { buffer } from 'node:stream/consumers';
import { CaluteError } from '../../errors.ts';
import type { Files } from '../../files/file-service.ts';
import { fileIdSchema, type TenantId } from '../../ids.ts';
import type { ContentPart, InputItem } from '../../protocol/responses/input-item.ts';
import type { RunCatalogue } from '../../run-store/catalogue/run-catalogue.ts';
import type { RunReader } from '../../run-store/run-log.ts';
import { readEvents } from '../read-events.ts';
import { mediaTypeOf } from './media-type.ts';
import { toHistoryItems, toInputItems } from './read-run.ts';
import { runOfItem } from './response-ids.ts';

export interface ExpandParts {
  readonly catalogue: Pick<RunCatalogue, 'find'>;
  readonly log: Pick<RunReader, 'read'>;
  readonly files: Pick<Files, 'get' | 'read'>;
  /** Of one file that an input names by its id. */
  readonly maxFileBytes: number;
}

/** Puts what items refer to in their place: items of earlier responses, and the content of files. Throws CaluteError. */
export async function expandItems(
  parts: ExpandParts,
  tenant: TenantId,
  items: readonly InputItem[],
): Promise<InputItem[]> {
  const expanded: InputItem[] = [];
  for (const item of items) {
    expanded.push(
      item.type === 'item_reference'
        ? await findItem(parts, tenant, item.id)
        : await loadFiles(parts, tenant, item),
    );
  }
  return expanded;
}

async function findItem(
  { catalogue, log }: ExpandParts,
  tenant: TenantId,
  itemId: string,
): Promise<InputItem> {
  const runId = runOfItem(itemId);
  const [run] = runId === undefined ? [] : await catalogue.find([runId]);
  if (run?.tenant !== tenant) throw unknownItem(itemId);
  const items = [...toInputItems(run), ...toHistoryItems(run, await readEvents(log, run.runId))];
  const found = items.find(({ id }) => id === itemId);
  if (found === undefined || found.type === 'item_reference') throw unknownItem(itemId);
  return found;
}

async function loadFiles(parts: ExpandParts, tenant: TenantId, item: InputItem): Promise<InputItem> {
  const load = async (content: string | readonly ContentPart[]) =>
    typeof content === 'string' ? content : Promise.all(content.map((part) => loadFile(parts, tenant, part)));
  if (item.type === 'message') return { ...item, content: await load(item.content) };
  if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output')
    return { ...item, output: await load(item.output) };
  return item;
}

async function loadFile(
  { files, maxFileBytes }: ExpandParts,
  tenant: TenantId,
  part: ContentPart,
): Promise<ContentPart> {
  if (part.type !== 'input_image' && part.type !== 'input_file') return part;
  const { file_id: given, ...rest } = part;
  if (given === undefined) return part;
  const fileId = fileIdSchema.safeParse(given).data;
  if (fileId === undefined) throw new CaluteError('file_not_found', 'No such file.', { param: 'input' });
  const record = await files.get(tenant, fileId);
  if (record.bytes > maxFileBytes) {
    const message = `The file ${fileId} has ${record.bytes} bytes; as an input it may have ${maxFileBytes}.`;
    throw new CaluteError('request_too_large', message, { param: 'input' });
  }
  const content = await buffer(await files.read(record, { start: 0, end: record.bytes }));
  const url = `data:${mediaTypeOf(record.filename)};base64,${content.toString('base64')}`;
  return rest.type === 'input_image'
    ? { ...rest, image_url: url }
    : { ...rest, file_data: url, filename: rest.filename ?? record.filename };
}

function unknownItem(itemId: string): CaluteError {
  const message = `No item ${itemId} is kept; send the item itself instead of a reference.`;
  return new CaluteError('item_not_found', message, { param: 'input' });
}
