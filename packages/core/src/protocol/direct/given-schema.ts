import { z } from 'zod';
import type { Given } from '../../request/direct-request.ts';

export interface GivenRules {
  readonly mayBeEmpty: boolean;
  /** Of texts or lists of tokens. */
  readonly most: number;
}

interface Fault {
  readonly path: readonly number[];
  readonly expected: string;
}

/** Looked at by hand, up to the first fault: a schema notes one for each of millions of tokens, in each of its alternatives. */
export function givenSchema(rules: GivenRules): z.ZodType<Given> {
  return z.unknown().transform((value, context) => {
    const fault = findFault(value, rules);
    if (fault === undefined) return value as Given; // because that is what it was held to
    context.addIssue({ code: 'custom', path: [...fault.path], message: `expected ${fault.expected}` });
    return z.NEVER;
  });
}

function findFault(value: unknown, rules: GivenRules): Fault | undefined {
  if (typeof value === 'string') return findTextFault(value, rules, []);
  if (!Array.isArray(value)) return { path: [], expected: 'string or array' };
  const [first] = value;
  if (first === undefined) return { path: [], expected: 'at least one input' };
  if (typeof first === 'number') return findTokenFault(value, []);
  if (value.length > rules.most) return { path: [], expected: `at most ${rules.most} inputs` };
  for (const [index, one] of value.entries()) {
    const fault = Array.isArray(first) ? findTokenFault(one, [index]) : findTextFault(one, rules, [index]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findTextFault(
  value: unknown,
  { mayBeEmpty }: GivenRules,
  path: readonly number[],
): Fault | undefined {
  if (typeof value !== 'string') return { path, expected: 'string' };
  return value === '' && !mayBeEmpty ? { path, expected: 'a text that is not empty' } : undefined;
}

function findTokenFault(value: unknown, path: readonly number[]): Fault | undefined {
  if (!Array.isArray(value) || value.length === 0) return { path, expected: 'at least one token' };
  const wrong = value.findIndex((one) => !Number.isSafeInteger(one) || one < 0);
  return wrong === -1 ? undefined : { path: [...path, wrong], expected: 'a token: a whole number from 0' };
}
