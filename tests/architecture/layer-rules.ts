import type { ProjectFile, Target } from './read-project.ts';

interface Area {
  readonly name: string;
  readonly folder: string;
  /** The areas it may import beside itself. */
  readonly mayImport: readonly string[];
}

/** A star: everything points at core, and api and worker never meet. The first folder that fits counts. */
const areas: readonly Area[] = [
  // What bodies of requests look like: within core the floors say who knows of it.
  { name: 'wire format', folder: 'packages/core/src/protocol/', mayImport: ['core'] },
  { name: 'core', folder: 'packages/core/', mayImport: ['wire format'] },
  // `npm start` checks what the roles will read before it starts anything.
  { name: 'api settings', folder: 'apps/api/src/config.ts', mayImport: ['core', 'api settings'] },
  { name: 'api settings', folder: 'apps/api/src/settings/', mayImport: ['core'] },
  {
    name: 'worker settings',
    folder: 'apps/worker/src/config.ts',
    mayImport: ['core', 'worker settings'],
  },
  { name: 'worker settings', folder: 'apps/worker/src/models/provider-settings.ts', mayImport: ['core'] },
  { name: 'api', folder: 'apps/api/', mayImport: ['core', 'wire format', 'api settings'] },
  { name: 'worker', folder: 'apps/worker/', mayImport: ['core', 'worker settings'] },
  { name: 'agents', folder: 'agents/', mayImport: ['core'] },
  { name: 'bench', folder: 'bench/', mayImport: ['core', 'scripts'] },
  { name: 'scripts', folder: 'scripts/', mayImport: ['core', 'api settings', 'worker settings'] },
  // The command line runs everything, and the package's doors open on core.
  {
    name: 'calute',
    folder: 'packages/calute/',
    mayImport: ['core', 'wire format', 'scripts', 'api', 'worker', 'api settings', 'worker settings'],
  },
  // It composes roles with one mechanism taken out, to show that its oracle notices.
  {
    name: 'chaos',
    folder: 'tests/chaos/',
    mayImport: ['core', 'scripts', 'tests', 'api', 'worker', 'api settings', 'worker settings'],
  },
  { name: 'tests', folder: 'tests/', mayImport: ['core', 'scripts'] },
];

const core = 'packages/core/src/';

/** What core's root holds: each may import itself and what stands before it. */
export const floors: readonly string[] = [
  'errors.ts',
  'ids.ts',
  'async',
  'logging',
  'process',
  'telemetry',
  'redis',
  'request',
  'runs',
  'agent',
  'models',
  'mcp',
  'loop',
  'teams',
  'run-store',
  'queue',
  'files',
  'fleet',
  'scaling',
  'api-keys',
  'conversations',
  'partitions',
  'protocol',
  'completions',
  'webhooks',
  'batches',
];

/** Built as others would build them, without core. */
const benchPeers = 'bench/processes/peers/';

/** Packages that only the named places may import; a place is the beginning of a path. */
const packagePlaces: Readonly<Record<string, readonly string[]>> = {
  commander: ['packages/calute/'],
  express: ['apps/api/', benchPeers],
  bullmq: ['packages/core/src/queue/', benchPeers],
  busboy: ['apps/api/'],
  '@aws-sdk/client-s3': ['packages/core/src/files/store/', 'tests/'],
  '@aws-sdk/lib-storage': ['packages/core/src/files/store/'],
  chokidar: ['apps/worker/'],
  'prom-client': ['packages/core/src/telemetry/'],
  '@opentelemetry/api': ['packages/core/src/telemetry/'],
  '@opentelemetry/sdk-trace': ['packages/core/src/telemetry/', 'tests/'],
  '@opentelemetry/resources': ['packages/core/src/telemetry/'],
  '@opentelemetry/exporter-trace-otlp-http': ['packages/core/src/telemetry/'],
  '@modelcontextprotocol/sdk': ['packages/core/src/mcp/', 'tests/'],
  ioredis: [
    'packages/core/src/redis/',
    'packages/core/src/queue/',
    'packages/core/src/run-store/',
    'packages/core/src/api-keys/',
    'packages/core/src/fleet/',
    'packages/core/src/files/',
    'packages/core/src/conversations/',
    'packages/core/src/partitions/',
    'packages/core/src/batches/',
    'scripts/redis/',
    benchPeers,
    'tests/',
  ],
};

/** Tests, and what only tests and peers of the benchmark use. */
const testFile = /\.(test|contract)\.ts$|\/testing\/|^tests\/|^bench\/processes\/peers\//;
const testPackages = new Set([
  'vitest',
  'fast-check',
  'openai',
  '@testcontainers/redis',
  'playwright-core',
  'axe-core',
  '@bull-board/api',
  '@bull-board/express',
]);

/** Every import that breaks the layer table, as `file -> import: rule`. */
export function findLayerViolations(files: readonly ProjectFile[]): string[] {
  return files.flatMap((file) => [
    ...homeless(file.path),
    ...file.imports.flatMap((target) => {
      const rule =
        target.kind === 'package' ? packageRule(file.path, target.name) : fileRule(file.path, target);
      return rule === undefined ? [] : [`${file.path} -> ${nameOf(target)}: ${rule}`];
    }),
  ]);
}

/** Also of a file that imports nothing. */
function homeless(path: string): string[] {
  const name = floorOf(path);
  return name === undefined || floors.includes(name) ? [] : [`${path}: core has no floor ${name}`];
}

function packageRule(from: string, name: string): string | undefined {
  const places = packagePlaces[name];
  if (places !== undefined && !places.some((place) => from.startsWith(place))) {
    return `${name} may only be imported in ${places.join(', ')}`;
  }
  return testPackages.has(name) && !testFile.test(from) ? `${name} is for tests` : undefined;
}

function fileRule(from: string, target: Exclude<Target, { kind: 'package' }>): string | undefined {
  if (target.kind === 'nothing') return 'there is no such file';
  const floor = floorRule(from, target.path);
  if (floor !== undefined) return floor;
  const source = areaOf(from);
  const area = areaOf(target.path);
  if (source === undefined || area === undefined) return 'it lies in no area of the layer table';
  if (area === source || source.mayImport.includes(area.name)) return undefined;
  if (area.name === 'tests' && testFile.test(from)) return undefined;
  return `${source.name} may not import ${area.name}`;
}

/** Tests may look up to what they need for their part, but for the wire format: what they ask, they ask in our own words. */
function floorRule(from: string, to: string): string | undefined {
  const [own, other] = [floorOf(from), floorOf(to)];
  if (own === undefined || other === undefined) return undefined;
  if (testFile.test(from) && other !== 'protocol') return undefined;
  return floors.indexOf(own) < floors.indexOf(other)
    ? `core/${own} may not import core/${other}, which stands above it`
    : undefined;
}

/** The folder or file of core's root in which a file lies; a test belongs to its file. */
function floorOf(path: string): string | undefined {
  return path.startsWith(core)
    ? path.slice(core.length).split('/')[0]?.replace('.test.ts', '.ts')
    : undefined;
}

function areaOf(path: string): Area | undefined {
  return areas.find(({ folder }) => path.startsWith(folder));
}

function nameOf(target: Target): string {
  if (target.kind === 'file') return target.path;
  return target.kind === 'package' ? target.name : target.specifier;
}
