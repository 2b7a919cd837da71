import { expect, test } from 'vitest';
import * as z3 from 'zod/v3';
import { defineAgent } from './define-agent.ts';

test('a schema of zod 3 gets a sentence that says what to do', () => {
  const tool = { description: 'Looks', parameters: z3.object({ city: z3.string() }), execute: () => '' };
  // because the compiler refuses what a JavaScript file may hold
  const definition = { id: 'old', model: 'offline:echo', tools: { look: tool } } as unknown as Parameters<
    typeof defineAgent
  >[0];
  expect(() => defineAgent(definition)).toThrow(
    'tools.look.parameters: this schema is of zod 3, and Calute needs zod 4: run "npm install zod@4"',
  );
});
