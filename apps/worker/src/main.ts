import { readEnvironment } from '@calute/core/process/read-environment';
import { runRole } from '@calute/core/process/run-role';
import { workerEnvironmentSchema } from './config.ts';
import { startWorker } from './start-worker.ts';

await runRole(() => startWorker(readEnvironment(workerEnvironmentSchema, process.env)));
