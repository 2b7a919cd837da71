/** What `--cpu-prof` writes, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** The node that each sample fell on. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Where the time went that was not idle: shares of 1 per package, the largest first. */
export function shareByPackage(profile: CpuProfile): readonly (readonly [string, number])[] {
  return sharesBy(profile, ({ url, functionName }) => packageOf(url, functionName));
}

/** The same per function. */
export function shareByFunction(profile: CpuProfile): readonly (readonly [string, number])[] {
  return sharesBy(
    profile,
    ({ url, functionName }) => `${functionName || '(anonymous)'} ${packageOf(url, functionName)}`,
  );
}

type CallFrame = CpuProfile['nodes'][number]['callFrame'];

function sharesBy({ nodes, samples, timeDeltas }: CpuProfile, nameOf: (frame: CallFrame) => string) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? 'unknown';
    if (name.endsWith('(idle)')) return;
    const time = timeDeltas[index] ?? 0;
    total += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  return [...times]
    .map(([name, time]) => [name, time / total] as const)
    .sort(([, one], [, other]) => other - one);
}

/** `node:internal/streams`, `undici`, `packages/core/src/log`; the engine's own frames have no file. */
export function packageOf(url: string, functionName: string): string {
  if (url === '')
    return functionName === '(garbage collector)' ? 'garbage collection' : engineFrame(functionName);
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const inModules = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (inModules !== undefined) return inModules;
  const own = /\/((?:apps|packages)\/[^/]+\/src(?:\/[^/]+(?=\/))?)/.exec(url)?.[1];
  return own ?? 'other files';
}

function engineFrame(functionName: string): string {
  return functionName === '(idle)' ? '(idle)' : 'native code of Node and V8';
}
