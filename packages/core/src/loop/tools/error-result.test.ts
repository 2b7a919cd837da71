import { expect, it } from 'vitest';
import { errorResult, isErrorResult } from './error-result.ts';

it('is told from other results, whatever its text', () => {
  for (const message of ['', 'no', '"} \n \u2028']) expect(isErrorResult(errorResult(message))).toBe(true);
  for (const content of ['', '{}', 'error', '{"error":1}', '{"error":"x","sky":"clear"}', '{"error":"cut']) {
    expect(isErrorResult(content)).toBe(false);
  }
});
