import { readEnvironment } from '@calute/core/process/read-environment';
import { runRoleCommand } from '@calute/core/process/role-command';
import { workerEnvironmentSchema } from './config.ts';
import { startWorker } from './start-worker.ts';

const help = `usage: REDIS_URL=redis://HOST:6379 npm run worker

Runs the agents of the folder CALUTE_AGENTS (./agents) until SIGTERM or Ctrl-C; runs in hand may then finish for up to
DRAIN_TIMEOUT_MS. As many as wanted may share one Redis with the API. \`npm start\` runs everything on one machine.

Environment, and a file .env (docs/configuration.md says more):
  ${Object.keys(workerEnvironmentSchema.shape).join(' ')}`;

const start = () => startWorker(readEnvironment(workerEnvironmentSchema, process.env));
await runRoleCommand({ help, start }, process.argv.slice(2));
