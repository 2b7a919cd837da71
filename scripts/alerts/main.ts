import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Checks the alerts and who loads them, and runs their tests, by Prometheus's own tool: `npm run alerts`.
const folder = fileURLToPath(new URL('../../deploy/monitoring', import.meta.url));
const promtool = process.env['PROMTOOL'] ?? 'promtool';

for (const args of [
  ['check', 'rules', 'alerts.yml'],
  ['test', 'rules', 'alerts.test.yml'],
  // The files of targets come with the processes.
  ['check', 'config', '--syntax-only', 'prometheus.yml', 'compose/prometheus.yml'],
]) {
  const { error, status } = spawnSync(promtool, args, { cwd: folder, stdio: 'inherit' });
  if (error) {
    console.error(
      `calute: ${promtool} cannot be run (${error.message}); install Prometheus (Debian: prometheus), or set PROMTOOL to its promtool.`,
    );
    process.exit(1);
  }
  if (status !== 0) process.exit(1);
}
