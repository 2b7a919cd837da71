import { CaluteError } from '../../errors.ts';
import type { TenantId } from '../../ids.ts';
import type { InputItem } from '../../protocol/responses/input-item.ts';
import type { ResponseRequest } from '../../protocol/responses/response-request.ts';
import type { RunDescription } from '../../run-store/catalogue/run-catalogue.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { RunRequest } from '../../runs/run-request.ts';
import { OutputItems } from './output-items.ts';
import { type ItemKind, toItemId } from './response-ids.ts';

/** The Response that a run was asked for; undefined for any other run. */
export function responseOf({ response }: RunRequest): ResponseRequest | undefined {
  // because the API stores there only what it has parsed as one
  return response as ResponseRequest | undefined;
}

/** The items that a Response was asked with, each with an id. */
export function toInputItems({ runId, request }: RunDescription): (InputItem & { readonly id: string })[] {
  const { input = [] } = responseOf(request) ?? {};
  return input.map((item, place) => {
    const { id = toItemId(kinds[item.type], runId, place, 'input') } = item;
    return { ...item, id };
  });
}

/** What a run has said, as items of a later input: with all that its provider wants back, and without calls that broke off. */
export function toHistoryItems(
  { runId, request }: Pick<RunDescription, 'runId' | 'request'>,
  events: readonly RunEvent[],
): readonly InputItem[] {
  const view = { summary: false, encrypted: true };
  const output = new OutputItems(runId, view, responseOf(request)?.tools);
  let completed = false;
  for (const event of events) {
    if (event.type === 'run-end') completed = event.end.reason === 'completed';
    else output.add(event);
  }
  output.close('completed');
  return output.items.flatMap((item): InputItem[] => {
    if (item.type === 'function_call' || item.type === 'custom_tool_call') return completed ? [item] : [];
    if (item.type === 'reasoning') return [{ ...item, summary: [] }];
    return [{ ...item, content: item.content.map(({ text }) => ({ type: 'output_text', text })) }];
  });
}

/** Whose run it is, and that it was asked for as a Response. Throws `response_not_found`. */
export function assertResponse(found: RunDescription | undefined, tenant: TenantId): RunDescription {
  if (found === undefined || found.tenant !== tenant || found.request.response === undefined)
    throw unknownResponse();
  return found;
}

/** The same words for a foreign one as for none. */
export function unknownResponse(param = 'response_id'): CaluteError {
  return new CaluteError('response_not_found', 'No such response, or it is no longer kept.', { param });
}

const kinds: Readonly<Record<InputItem['type'], ItemKind>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'fc',
  custom_tool_call_output: 'fco',
  item_reference: 'msg',
};
