import { readEnvironment } from '@calute/core/process/read-environment';
import { runRole } from '@calute/core/process/run-role';
import { workerEnvironmentSchema } from '../../apps/worker/src/config.ts';
import { startWorker } from '../../apps/worker/src/start-worker.ts';
import { createMutantStore } from './mutant-store.ts';

await runRole(() =>
  startWorker(readEnvironment(workerEnvironmentSchema, process.env), createMutantStore(process.env)),
);
