import { defineAgent } from 'calute';
import { z } from 'zod';

// Ask it `call time {"zone":"Asia/Tokyo"}`: the worker runs the tool, the client sees only the answer.
export default defineAgent({
  id: 'clock',
  description: 'It tells the time in any time zone.',
  model: 'offline:echo',
  instructions: ({ now }) => `You tell the time. It is ${now.toISOString()} in UTC.`,
  tools: {
    time: {
      description: 'The current time in a time zone',
      parameters: z.object({ zone: z.string().default('UTC') }),
      execute: ({ zone }) =>
        new Date().toLocaleString('en-GB', { timeZone: zone, dateStyle: 'full', timeStyle: 'long' }),
      idempotent: true,
    },
  },
});
