import { CaluteError } from '../../errors.ts';
import type { RunId, TenantId } from '../../ids.ts';
import type { InputItem } from '../../protocol/responses/input-item.ts';
import type { RunCatalogue, RunDescription } from '../../run-store/catalogue/run-catalogue.ts';
import type { RunReader } from '../../run-store/run-log.ts';
import { readEvents } from '../read-events.ts';
import { assertResponse, responseOf, toHistoryItems, toInputItems, unknownResponse } from './read-run.ts';
import { toRunId } from './response-ids.ts';

export interface HistoryParts {
  readonly catalogue: Pick<RunCatalogue, 'find' | 'touch'>;
  readonly log: Pick<RunReader, 'read'>;
}

const param = 'previous_response_id';

/**
 * What was said up to a response and by it, from the first one of its chain on, however long that is. All of them are kept anew
 * from now on. Throws `response_not_found`, and `invalid_request` for one that goes on still.
 */
export async function loadHistory(
  parts: HistoryParts,
  tenant: TenantId,
  responseId: string,
): Promise<InputItem[]> {
  const chain: (readonly InputItem[])[] = [];
  const runIds: RunId[] = [];
  for (let next: string | undefined = responseId; next !== undefined; ) {
    const run = await findKept(parts, tenant, next);
    runIds.push(run.runId);
    chain.push([...toInputItems(run), ...toHistoryItems(run, await readEvents(parts.log, run.runId))]);
    next = responseOf(run.request)?.previous_response_id;
  }
  await parts.catalogue.touch(runIds);
  return chain.reverse().flat();
}

async function findKept(
  { catalogue }: HistoryParts,
  tenant: TenantId,
  responseId: string,
): Promise<RunDescription> {
  const runId = toRunId(responseId);
  if (runId === undefined) throw unknownResponse(param);
  const [found] = await catalogue.find([runId]);
  if (found?.tenant !== tenant || found.request.response === undefined) throw unknownResponse(param);
  const run = assertResponse(found, tenant);
  if (!run.isKept) {
    const message = `The response ${responseId} was asked for with "store": false, so nothing can go on from it; send what it said as items of the input.`;
    throw new CaluteError('response_not_found', message, { param });
  }
  const { conversation } = responseOf(run.request) ?? {};
  if (conversation !== undefined) {
    const message = `Invalid '${param}': the response ${responseId} is part of a conversation; send "conversation": "${conversation}" instead.`;
    throw new CaluteError('invalid_request', message, { param });
  }
  if (run.state !== 'ended') {
    const message = `Invalid '${param}': the response ${responseId} is not done; wait for its end, or cancel it.`;
    throw new CaluteError('invalid_request', message, { param });
  }
  return run;
}
