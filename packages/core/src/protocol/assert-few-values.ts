import { CaluteError } from '../errors.ts';

/** Of one request: some hundred for each message that it may have. */
const mostValues = 200_000;

/**
 * Throws `invalid_request` for a body of very many values. A schema notes every fault, so that a body of nothing else would hold a process up
 * for seconds and take gigabytes.
 */
export function assertFewValues(body: unknown): void {
  if (countValues(body, 0) <= mostValues) return;
  const message = `The request has more than ${mostValues} values in its lists and objects; send less at once.`;
  throw new CaluteError('invalid_request', message);
}

/** Up to a little more than are allowed; how deep a body is nested is bounded. */
function countValues(value: unknown, before: number): number {
  if (typeof value !== 'object' || value === null) return before + 1;
  let count = before + 1;
  for (const one of Array.isArray(value) ? value : Object.values(value)) {
    if (count > mostValues) break;
    count = countValues(one, count);
  }
  return count;
}
