import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { checkManifest } from './check-manifest.ts';

// Renders the overlays by kubectl and holds what comes out to the schemas: `npm run manifests`.
const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));
const kubectl = process.env['KUBECTL'] ?? 'kubectl';
const clusterWide = new Set(['Namespace']);
const scalerSchema = z.object({ scaleTargetRef: z.object({ name: z.string() }) });

function render(overlay: string): Readonly<Record<string, unknown>>[] {
  const { error, status, stdout, stderr } = spawnSync(kubectl, ['kustomize', overlay], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error) {
    fail(`${kubectl} cannot be run (${error.message}); install kubectl, or set KUBECTL to where it is.`);
  }
  if (status !== 0) fail(`${overlay} cannot be rendered: ${stderr.trim()}`);
  return parseAllDocuments(stdout).map((document) => document.toJS());
}

function fail(message: string): never {
  process.stderr.write(`calute: ${message}\n`);
  process.exit(1);
}

function faultsOf(manifest: Readonly<Record<string, unknown>>): string[] {
  const { kind, metadata } = manifest;
  const { name, namespace } = metadata as { name: string; namespace?: string }; // because kubectl renders nothing without it
  const faults = checkManifest(manifest);
  if (!clusterWide.has(String(kind)) && namespace !== 'calute') faults.push('it is in no namespace');
  return faults.map((fault) => `${String(kind)} ${name}: ${fault}`);
}

/** Two autoscalers of one Deployment work against each other. */
function findRivals(manifests: readonly Readonly<Record<string, unknown>>[]): string[] {
  const scaled = manifests.flatMap(({ spec }) => {
    const parsed = scalerSchema.safeParse(spec);
    return parsed.success ? [parsed.data.scaleTargetRef.name] : [];
  });
  const twice = scaled.filter((name, index) => scaled.indexOf(name) !== index);
  return twice.map((name) => `Deployment ${name} has two autoscalers`);
}

for (const overlay of ['base', 'overlays/keda', 'overlays/monitoring']) {
  const manifests = render(overlay);
  const faults = [...manifests.flatMap(faultsOf), ...findRivals(manifests)];
  if (faults.length > 0) fail(`${overlay}: ${faults.join('; ')}`);
  process.stdout.write(`${overlay}: ${manifests.length} objects fit their schemas\n`);
}
