import { expect, it } from 'vitest';
import { z } from 'zod';
import { withToolDefaults } from './tool-defaults.ts';

const tool = { description: 'd', parameters: z.object({}), execute: () => 1 };

it('gives a tool what its agent says for all, where it says nothing itself, 0 included', () => {
  const defaults = { timeoutMs: 5, retries: 3 };
  expect(withToolDefaults(tool, defaults)).toEqual({ ...tool, ...defaults });
  const own = { ...tool, timeoutMs: 7, retries: 0 };
  expect(withToolDefaults(own, defaults)).toEqual(own);
  expect(withToolDefaults({ ...tool, retries: 1 }, { timeoutMs: 5 })).toEqual({
    ...tool,
    timeoutMs: 5,
    retries: 1,
  });
});

it('leaves a tool as it is without defaults', () => {
  expect(withToolDefaults(tool)).toEqual(tool);
});
