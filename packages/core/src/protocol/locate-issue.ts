import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

export interface LocatedIssue {
  /** Dotted path, `messages.0.role`; undefined when the whole value is at fault. */
  readonly param: string | undefined;
  /** What was expected there, as the end of a sentence. */
  readonly expectation: string;
}

/** The first of a schema's issues, followed into the alternative of a union that the value most likely meant. */
export function locateIssue(issues: readonly Issue[]): LocatedIssue {
  const path: PropertyKey[] = [];
  let issue = issues[0];
  while (issue?.code === 'invalid_union') {
    path.push(...issue.path);
    const inner = likelyAlternative(issue.errors);
    if (inner === undefined) return { param: dotted(path), expectation: describeUnion(issue) };
    issue = inner;
  }
  path.push(...(issue?.path ?? []));
  return { param: dotted(path), expectation: issue === undefined ? 'not valid' : describe(issue) };
}

/** An alternative whose outermost type fits is what was meant; among several, the one with the fewest faults. */
function likelyAlternative(alternatives: readonly (readonly Issue[])[]): Issue | undefined {
  const fitting = alternatives.filter(([first]) => first !== undefined && !missesAtRoot(first));
  return fitting.sort((one, other) => one.length - other.length)[0]?.[0];
}

function missesAtRoot(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function describeUnion(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const alternatives = issue.errors.flatMap(([first]) => (first === undefined ? [] : [expected(first)]));
  return alternatives.length === 0 ? describe(issue) : `expected ${[...new Set(alternatives)].join(' or ')}`;
}

function expected(issue: Issue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  return issue.code === 'invalid_value'
    ? issue.values.map((value) => `"${String(value)}"`).join('|')
    : describe(issue);
}

function describe(issue: Issue): string {
  const text = issue.message.replace(/^Invalid (input|option): /, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function dotted(path: readonly PropertyKey[]): string | undefined {
  return path.length === 0 ? undefined : path.map(String).join('.');
}
