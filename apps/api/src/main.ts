import { readEnvironment } from '@calute/core/process/read-environment';
import { runRoleCommand } from '@calute/core/process/role-command';
import { apiEnvironmentSchema } from './config.ts';
import { startApi } from './start-api.ts';

const help = `usage: REDIS_URL=redis://HOST:6379 npm run api

Serves the HTTP API until SIGTERM or Ctrl-C; open answers may then finish for up to DRAIN_TIMEOUT_MS. As many as wanted may share
one Redis with the workers. \`npm start\` runs everything on one machine.

Environment, and a file .env (docs/configuration.md says more):
  ${Object.keys(apiEnvironmentSchema.shape).join(' ')}`;

const start = () => startApi(readEnvironment(apiEnvironmentSchema, process.env));
await runRoleCommand({ help, start }, process.argv.slice(2));
