import { z } from 'zod';

export const queueName = 'completions';

export const tutorialJobSchema = z.object({
  channel: z.string(),
  body: z.object({ model: z.string(), stream: z.boolean(), messages: z.array(z.any()) }),
});
export type TutorialJob = z.infer<typeof tutorialJobSchema>;
