import { readEnvironment } from '@calute/core/process/read-environment';
import { runRole } from '@calute/core/process/run-role';
import { apiEnvironmentSchema } from './config.ts';
import { startApi } from './start-api.ts';

await runRole(() => startApi(readEnvironment(apiEnvironmentSchema, process.env)));
