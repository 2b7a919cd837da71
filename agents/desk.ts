import { defineAgent } from 'calute';

// The front of a small team. Ask it `call transfer_to_poet {}`: the poet answers, and the last chunk says so.
export default defineAgent({
  id: 'desk',
  model: 'offline:echo',
  instructions: 'You receive guests. Hand over to whoever can help; answer yourself what is left.',
  handoffs: ['poet', 'clock'],
});
