/** How the tasks of a team are done; see docs/teams.md. */
export const teamProcesses = ['sequential', 'parallel', 'hierarchical', 'consensus', 'planned'] as const;
export type TeamProcess = (typeof teamProcesses)[number];

/** An agent of the folder, and what it is in this team. */
export interface TeamMember {
  readonly agent: string;
  readonly role?: string;
  readonly goal?: string;
}

/** A part of the work, done by one member. */
export interface TeamTask {
  readonly id: string;
  readonly description: string;
  readonly expectedOutput?: string;
  /** @defaultValue whom the lead chooses */
  readonly member?: string;
  /** The tasks whose results it is given. @defaultValue none; one after the other, the task before it */
  readonly dependsOn?: readonly string[];
}

/** What the lead plans from the client's message, or that message itself as the only task. */
export const taskSources = ['planned', 'request'] as const;

export type TeamTasks = readonly TeamTask[] | (typeof taskSources)[number];

/** What makes an agent a team: it leads its members, which do the work. */
export interface Team {
  /** One at least. */
  readonly members: readonly TeamMember[];
  readonly process: TeamProcess;
  readonly tasks: TeamTasks;
  /** Whether it answers to the `cortex` models as well. */
  readonly isDefault: boolean;
}
