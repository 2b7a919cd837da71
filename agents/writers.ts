import { defineTeam } from '@calute/core/agent/define-team';

// A team whose lead plans, reviews and sums up; being offline, it approves of nothing, so each result is improved once.
export default defineTeam({
  id: 'writers',
  description: 'It writes longer texts, which are reviewed.',
  model: 'offline:lorem?tokens=30&delayMs=20',
  process: 'hierarchical',
  members: [
    { agent: 'poet', role: 'Writer' },
    { agent: 'lorem', role: 'Editor' },
  ],
});
