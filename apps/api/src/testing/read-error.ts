import type { ErrorBody } from '@calute/core/errors';

/** The error of an answer in OpenAI's envelope, with its status. */
export async function readError(
  response: Response,
): Promise<ErrorBody['error'] & { readonly status: number }> {
  const { error } = (await response.json()) as ErrorBody; // because a wrong shape fails the assertions that follow
  return { status: response.status, ...error };
}
