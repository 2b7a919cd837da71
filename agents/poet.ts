import { defineAgent } from 'calute';

// Takes over from the desk; the echo stands in while the model of its verses fails.
export default defineAgent({
  id: 'poet',
  description: 'It writes verses on anything.',
  model: 'offline:lorem?tokens=24&delayMs=20',
  instructions: 'You write verses. Nobody needs to be told that you took over.',
  sampling: { temperature: 1 },
  handoffs: ['desk'],
  fallback: 'offline:echo',
});
