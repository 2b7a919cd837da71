import { defineTeam } from '@calute/core/agent/define-team';

// A team: two members work side by side, and the third says what it was given of theirs. Also asked for as `cortex`.
export default defineTeam({
  id: 'research',
  description: 'It looks into a question from two sides and reports.',
  model: 'offline:lorem?tokens=40&delayMs=20',
  default: true,
  process: 'parallel',
  members: [
    { agent: 'lorem', role: 'Researcher', goal: 'Facts, each with its source' },
    { agent: 'poet', role: 'Critic', goal: 'What others think of it' },
    { agent: 'echo', role: 'Reporter' },
  ],
  tasks: [
    { id: 'facts', description: 'Collect the facts.', expectedOutput: 'A list', member: 'lorem' },
    { id: 'views', description: 'Collect the views.', expectedOutput: 'A list', member: 'poet' },
    {
      id: 'report',
      description: 'Report what was found.',
      member: 'echo',
      dependsOn: ['facts', 'views'],
    },
  ],
});
