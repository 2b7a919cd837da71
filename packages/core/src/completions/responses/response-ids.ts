import { type RunId, runIdSchema } from '../../ids.ts';

const runPrefix = 'chatcmpl-';
const responsePrefix = 'resp_';

/** The id of a Response is that of its run under another prefix, so that nothing has to be kept to find one by the other. */
export function toResponseId(runId: RunId): string {
  return `${responsePrefix}${runId.slice(runPrefix.length)}`;
}

/** Undefined for what is no id of a Response. */
export function toRunId(responseId: string): RunId | undefined {
  if (!responseId.startsWith(responsePrefix)) return undefined;
  return runIdSchema.safeParse(`${runPrefix}${responseId.slice(responsePrefix.length)}`).data;
}

export type ItemKind = 'msg' | 'rs' | 'fc' | 'fco';

/** The id of an item tells its run and its place there: of its output, or of its input. */
export function toItemId(kind: ItemKind, runId: RunId, place: number, side: 'input' | 'output'): string {
  return `${kind}_${runId.slice(runPrefix.length)}_${side === 'input' ? 'i' : ''}${place}`;
}

/** The run that an item's id names; undefined for an id that was made elsewhere. */
export function runOfItem(itemId: string): RunId | undefined {
  const suffix = /^(?:msg|rs|fc|fco)_([\w-]{1,64})_i?\d+$/.exec(itemId)?.[1];
  return suffix === undefined ? undefined : runIdSchema.safeParse(`${runPrefix}${suffix}`).data;
}
