import { defineAgent } from 'calute';

// Paced, so that a stream can be watched; `seed` and the messages decide the words.
export default defineAgent({
  id: 'lorem',
  model: 'offline:lorem?delayMs=20',
  serves: ['chat', 'completions', 'embeddings'],
  allowOverrides: true,
});
