import { z } from 'zod';
import { findGraphFault } from '../../agent/task-graph.ts';
import { createVerdict, type Verdict } from './verdict.ts';

/** How many tasks a lead may plan. */
const maxPlanned = 10;

const numbers = z.array(z.int().min(1).max(maxPlanned));

function shapeOf<Member extends z.ZodType<string>>(member: Member) {
  return z.strictObject({
    tasks: z
      .array(
        z.strictObject({
          description: z.string(),
          expected_output: z.string(),
          member,
          /** The numbers of tasks, from 1. */
          depends_on: numbers,
        }),
      )
      .min(1)
      .max(maxPlanned),
  });
}

const planSchema = shapeOf(z.string());
/** Tasks as a lead has planned them; they are called by their numbers, from 1. */
export type Plan = z.infer<typeof planSchema>;

export function createPlanVerdict(members: readonly string[]): Verdict<Plan> {
  return createVerdict({ what: 'plan', shape: shapeOf(z.enum(members)), check: findPlanFault });
}

/** What a plan that is stored says. */
export function readPlan(text: string): Plan {
  return planSchema.parse(JSON.parse(text));
}

function findPlanFault({ tasks }: Plan): string | undefined {
  const blank = tasks.findIndex(({ description }) => description.trim() === '');
  if (blank !== -1) return `Task ${blank + 1} has no description.`;
  return findGraphFault(
    tasks.map((task, index) => ({ id: String(index + 1), dependsOn: task.depends_on.map(String) })),
  );
}
