import { defineAgent } from 'calute';

export default defineAgent({
  id: 'desk',
  model: 'offline:echo',
  instructions: 'You greet whoever comes, and pass on questions about the time.',
  handoffs: ['clock'],
});
