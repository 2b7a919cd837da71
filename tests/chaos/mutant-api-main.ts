import { readEnvironment } from '@calute/core/process/read-environment';
import { runRole } from '@calute/core/process/run-role';
import { apiEnvironmentSchema } from '../../apps/api/src/config.ts';
import { startApi } from '../../apps/api/src/start-api.ts';
import { createMutantStore } from './mutant-store.ts';

const substitutes = { createStore: createMutantStore(process.env) };
await runRole(() => startApi(readEnvironment(apiEnvironmentSchema, process.env), substitutes));
