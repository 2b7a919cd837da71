import { z } from 'zod';
import { agentFieldsSchema } from './agent-schema.ts';
import { durationMsSchema } from './limits-schema.ts';
import { findGraphFault } from './task-graph.ts';
import { taskSources, teamProcesses } from './team.ts';

/** How many model calls the run of a team may make when its file does not say. */
const defaultMaxSteps = 100;
/** They may all be asked at once. */
const maxMembers = 32;
const maxTasks = 32;

const text = z.string().min(1);

const memberSchema = z.union(
  [
    text.transform((agent) => ({ agent })),
    z.strictObject({ agent: text, role: text.optional(), goal: text.optional() }),
  ],
  'expected the id of an agent, or { agent: "id", role, goal }',
);

const taskSchema = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, _ or -'),
  description: text,
  expectedOutput: text.optional(),
  member: text.optional(),
  dependsOn: z.array(text).optional(),
});

const taskListSchema = z.array(taskSchema).min(1).max(maxTasks);
const taskSourceSchema = z.enum(taskSources, `expected tasks { id, description }, "planned" or "request"`);

/** Not a union, which would not say what is wrong with a task. */
const tasksSchema = z.unknown().transform((given, context) => {
  const parsed = (Array.isArray(given) ? taskListSchema : taskSourceSchema).safeParse(given);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

const limitsSchema = z
  .strictObject({
    maxSteps: z.number().int().min(1).max(1000).default(defaultMaxSteps),
    maxOutputTokens: z.number().int().min(1).optional(),
    maxDurationMs: durationMsSchema.optional(),
    maxCostUsd: z.number().positive().optional(),
  })
  .prefault({})
  // As an agent has them, though a lead hands over to nobody.
  .transform((limits) => ({ ...limits, maxHandoffs: 1 }));

const leadSchema = agentFieldsSchema.pick({
  id: true,
  description: true,
  model: true,
  instructions: true,
  rules: true,
  sampling: true,
  allowOverrides: true,
  context: true,
  fallback: true,
  prices: true,
});

/** What `defineTeam` accepts; gives an agent that leads. */
export const teamSchema = leadSchema
  .extend({
    members: z.array(memberSchema).min(1).max(maxMembers),
    process: z.enum(teamProcesses).default('sequential'),
    tasks: tasksSchema.optional(),
    default: z.boolean().default(false),
    limits: limitsSchema,
  })
  .superRefine(({ members, process, tasks }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const ids = members.map(({ agent }) => agent);
    for (const [index, id] of ids.entries())
      if (ids.indexOf(id) !== index) issue(['members', index], `"${id}" is listed twice`);
    if (tasks !== undefined && (process === 'consensus' || process === 'planned')) {
      const why = process === 'planned' ? 'the lead plans them' : 'every member answers the request itself';
      issue(['tasks'], `a team with process "${process}" has no tasks: ${why}; leave them out`);
    }
    if (!Array.isArray(tasks)) return;
    const fault = findGraphFault(tasks);
    if (fault !== undefined) issue(['tasks'], fault);
    for (const [index, { member }] of tasks.entries())
      if (member !== undefined && !ids.includes(member))
        issue(['tasks', index, 'member'], `"${member}" is no member; members: ${ids.join(', ')}`);
  })
  .transform(({ members, process, tasks = 'planned', default: isDefault, ...lead }) => ({
    ...lead,
    tools: {},
    handoffs: [],
    team: { members, process, tasks, isDefault },
  }));
