import { CaluteError } from '@calute/core/errors';
import { backlog } from './backlog.ts';
import { deadLetters } from './dead-letters.ts';
import { overview } from './overview.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { usage } from './usage.ts';
import type { View } from './view.ts';
import { workers } from './workers.ts';

interface KnownView {
  readonly view: View;
  /** How often it is looked at again, in ticks of the hub. */
  readonly everyTicks: number;
}

const views: ReadonlyMap<string, KnownView> = new Map([
  ['overview', { view: overview, everyTicks: 2 }],
  ['runs', { view: runs, everyTicks: 2 }],
  // Its text is to flow.
  ['run', { view: run, everyTicks: 1 }],
  ['backlog', { view: backlog, everyTicks: 2 }],
  ['workers', { view: workers, everyTicks: 2 }],
  ['usage', { view: usage, everyTicks: 10 }],
  ['dead-letters', { view: deadLetters, everyTicks: 10 }],
]);

/** Throws `not_found`. */
export function findView(name: string): KnownView {
  const found = views.get(name);
  if (!found) throw new CaluteError('not_found', `There is no view "${name}".`);
  return found;
}
