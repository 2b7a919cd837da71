import { createMemoryProviderState } from './memory-provider-state.ts';
import { testProviderState } from './provider-state.contract.ts';

testProviderState('within one process', (now) => {
  const deaths = new Map<string, number>();
  return {
    state: createMemoryProviderState(now, (worker) => (deaths.get(worker) ?? 0) > now()),
    dieAt: async (worker, atMs) => deaths.set(worker, atMs),
  };
});
