import { serve } from '../serve.ts';

// Stands in for a collector: takes whatever is exported to it, and keeps nothing.
await serve((request, response) => {
  request.resume();
  request.once('end', () => response.setHeader('content-type', 'application/json').end('{}'));
});
