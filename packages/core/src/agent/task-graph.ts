/** A task as far as its place among the others goes. */
export interface GraphTask {
  readonly id: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/** What keeps tasks from being done: ids given twice, dependencies that are not there or lead in a circle; undefined when nothing does. */
export function findGraphFault(tasks: readonly GraphTask[]): string | undefined {
  const ids = new Set(tasks.map(({ id }) => id));
  const twice = tasks.find(({ id }, index) => tasks.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) return `Two tasks have the id "${twice.id}".`;
  for (const { id, dependsOn = [] } of tasks) {
    const unknown = dependsOn.find((other) => !ids.has(other));
    if (unknown !== undefined)
      return `Task "${id}" depends on "${unknown}", which is none of the tasks: ${[...ids].join(', ')}.`;
  }
  const placed = new Set(orderTasks(tasks).map(({ id }) => id));
  const circle = [...ids].filter((id) => !placed.has(id));
  return circle.length === 0 ? undefined : `Tasks wait for each other in a circle: ${circle.join(', ')}.`;
}

/** The tasks with each behind those that it depends on, else in their order; leaves out what waits in a circle. */
export function orderTasks<Task extends GraphTask>(tasks: readonly Task[]): readonly Task[] {
  const placed = new Set<string>();
  const ordered: Task[] = [];
  for (let left = tasks; ; ) {
    const next = left.find(({ dependsOn = [] }) => dependsOn.every((id) => placed.has(id)));
    if (next === undefined) return ordered;
    placed.add(next.id);
    ordered.push(next);
    left = left.filter((task) => task !== next);
  }
}

/** The tasks on whose results no other one depends. */
export function listLastTasks<Task extends GraphTask>(tasks: readonly Task[]): readonly Task[] {
  const needed = new Set(tasks.flatMap(({ dependsOn = [] }) => dependsOn));
  return tasks.filter(({ id }) => !needed.has(id));
}
