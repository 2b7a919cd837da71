import { defineAgent } from 'calute';
import { z } from 'zod';

export default defineAgent({
  id: 'clock',
  description: 'Knows the time in all zones of the world.',
  // Needs no key. With one in .env this may be a model of yours: 'openai:gpt-5-mini', 'anthropic:…', 'google:…'.
  model: 'offline:echo',
  instructions: 'You tell the time. Look it up with your tool.',
  tools: {
    time: {
      description: 'The time in a zone',
      parameters: z.object({ zone: z.string().default('UTC').describe('As in Europe/Oslo') }),
      execute: ({ zone }) => new Date().toLocaleTimeString('en-GB', { timeZone: zone }),
      // It may run again after a crash.
      idempotent: true,
    },
  },
});
