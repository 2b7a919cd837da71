import { z } from 'zod';
import { createVerdict, type Verdict } from './verdict.ts';

const reviewSchema = z.strictObject({
  approved: z.boolean(),
  score: z.number().min(0).max(10),
  feedback: z.string(),
});
/** What a lead thinks of a result. */
export type Review = z.infer<typeof reviewSchema>;

export const reviewVerdict: Verdict<Review> = createVerdict({ what: 'review', shape: reviewSchema });
