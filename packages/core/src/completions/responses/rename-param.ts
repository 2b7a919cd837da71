import { CaluteError } from '../../errors.ts';

/** How a Response calls what a chat completion calls otherwise; the first that fits counts. */
const names: readonly (readonly [RegExp, string])[] = [
  [/^messages(\..*)?$/, 'input'],
  [/^response_format\.json_schema/, 'text.format'],
  [/^response_format/, 'text.format'],
  [/^tools\.(\d+)\.function/, 'tools.$1'],
  [/^max_completion_tokens$/, 'max_output_tokens'],
  [/^reasoning_effort$/, 'reasoning.effort'],
  [/^verbosity$/, 'text.verbosity'],
  [/^logprobs$/, 'top_logprobs'],
];

export function renameParam(param: string): string {
  const found = names.find(([pattern]) => pattern.test(param));
  return found === undefined ? param : param.replace(...found);
}

/** The same failure in the words of a request for a Response. */
export function renameFault(error: unknown): unknown {
  if (!CaluteError.is(error) || error.param === undefined) return error;
  const param = renameParam(error.param);
  if (param === error.param) return error;
  const message = error.message.replaceAll(error.param, param);
  return new CaluteError(error.code, message, { param, cause: error });
}
