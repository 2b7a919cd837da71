import { defineAgent } from 'calute';

// Says the last user message again; `call NAME {json}` calls one of your tools.
export default defineAgent({
  id: 'echo',
  model: 'offline:echo',
  serves: ['chat', 'completions', 'embeddings'],
  allowOverrides: true,
});
