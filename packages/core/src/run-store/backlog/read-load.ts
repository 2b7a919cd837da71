import { z } from 'zod';
import type { BacklogLoad, ClassLoad } from './backlog.ts';
import { runClassSchema } from './place.ts';

const classSchema = z.object({
  class: runClassSchema,
  waiting: z.number(),
  offered: z.number(),
  oldestMs: z.number(),
  arrivalsPerSecond: z.number(),
  servedPerSecond: z.number(),
  busySlots: z.number(),
});

const loadSchema = z.object({
  nowMs: z.number(),
  room: z.number(),
  workers: z.number(),
  offered: z.number(),
  deferred: z.number(),
  oldestOfferedMs: z.number(),
  classes: z.array(classSchema),
});

/** Below this nothing was served for so long that the rest of the rate says nothing. */
const leastPerSecond = 1e-9;

/** What the script says of the load. */
export function toLoad(reply: unknown): BacklogLoad {
  const { classes, ...figures } = loadSchema.parse(JSON.parse(z.string().parse(reply)));
  return { ...figures, classes: classes.map(toClassLoad) };
}

/** By Little's law: busy slots are the runs served in a second times how long each takes. */
function toClassLoad({ class: runClass, busySlots, ...figures }: z.infer<typeof classSchema>): ClassLoad {
  const { servedPerSecond } = figures;
  const serviceMs = servedPerSecond < leastPerSecond ? undefined : (busySlots / servedPerSecond) * 1000;
  return { runClass, ...figures, serviceMs };
}
