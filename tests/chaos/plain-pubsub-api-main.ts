import { readEnvironment } from '@calute/core/process/read-environment';
import { runRole } from '@calute/core/process/run-role';
import { apiEnvironmentSchema } from '../../apps/api/src/config.ts';
import { startApi } from '../../apps/api/src/start-api.ts';
import { createPlainFollower } from './plain-follower.ts';

const substitutes = { createFollower: createPlainFollower };
await runRole(() => startApi(readEnvironment(apiEnvironmentSchema, process.env), substitutes));
