import type { MessageGroup } from './group-messages.ts';

export interface KeepNewest {
  readonly maxTokens: number;
  /** @defaultValue any number */
  readonly maxMessages?: number | undefined;
  countTokens(group: MessageGroup): number;
}

/**
 * The newest groups that fit, beginning with a message of the user, as providers want it. When not even the last turn of the
 * user fits, because the agent has called tools many times since: that message and the newest of what follows. Undefined
 * when that does not fit either. The bound on messages yields to these two rules, the one on tokens never does.
 */
export function keepNewest(
  groups: readonly MessageGroup[],
  bounds: KeepNewest,
): readonly MessageGroup[] | undefined {
  const lastUser = groups.findLastIndex(isOfUser);
  const from = findStart(groups, bounds);
  if (from !== undefined) return groups.slice(from);
  const [asked, since] = [groups.slice(lastUser, lastUser + 1), groups.slice(lastUser + 1)];
  const question = lastUser === -1 ? [] : asked;
  const maxTokens = bounds.maxTokens - sum(question, bounds);
  const newest = takeNewest(since, { ...bounds, maxTokens });
  const isAnswerLost = since.length > 0 && newest.length === 0;
  return maxTokens < 0 || isAnswerLost ? undefined : [...question, ...newest];
}

/** Where the longest stretch that fits begins; the last turn of the user may have too many messages, not too many tokens. */
function findStart(groups: readonly MessageGroup[], bounds: KeepNewest): number | undefined {
  const { maxTokens, maxMessages = Number.POSITIVE_INFINITY, countTokens } = bounds;
  let start: number | undefined;
  let [tokens, messages] = [0, 0];
  for (const [index, group] of [...groups.entries()].reverse()) {
    tokens += countTokens(group);
    messages += group.length;
    if (tokens > maxTokens || (start !== undefined && messages > maxMessages)) break;
    if (isOfUser(group)) start = index;
  }
  return start;
}

function takeNewest(
  groups: readonly MessageGroup[],
  { maxTokens, countTokens }: KeepNewest,
): readonly MessageGroup[] {
  let [from, tokens] = [groups.length, 0];
  for (const [index, group] of [...groups.entries()].reverse()) {
    tokens += countTokens(group);
    if (tokens > maxTokens) break;
    from = index;
  }
  return groups.slice(from);
}

function sum(groups: readonly MessageGroup[], { countTokens }: KeepNewest): number {
  return groups.reduce((total, group) => total + countTokens(group), 0);
}

function isOfUser([first]: MessageGroup): boolean {
  return first.role === 'user';
}
