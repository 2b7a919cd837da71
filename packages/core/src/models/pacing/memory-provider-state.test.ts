import { createMemoryProviderState } from './memory-provider-state.ts';
import { testProviderState } from './provider-state.contract.ts';

testProviderState('within one process', createMemoryProviderState);
