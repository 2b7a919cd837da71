import { measure } from './measure.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { type Sample, simulate } from './simulate.ts';

// Prints what docs/scaling.md shows of the simulation: a table of all scenarios, and the curves of some.
const curves: readonly ScenarioName[] = ['step', 'deadProvider'];
const points = 41;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function curve(name: ScenarioName, samples: readonly Sample[]): string[] {
  const every = Math.ceil(samples.length / points);
  const shown = samples.filter((_, index) => index % every === 0);
  const list = (value: (sample: Sample) => number) => shown.map(value).join(', ');
  return [
    '```mermaid',
    'xychart-beta',
    `  title "${scenarios[name].name}: needed, and workers"`,
    `  x-axis "minutes" 0 --> ${Math.round(samples.length / 60)}`,
    '  y-axis "workers"',
    `  line [${list(({ needed }) => needed)}]`,
    `  line [${list(({ workers }) => workers)}]`,
    '```',
  ];
}

print('| scenario | runs | most workers | up, down | live wait in s: median, 95 %, most | worker hours |');
print('|---|---:|---:|---:|---:|---:|');
const simulated = new Map(
  (Object.keys(scenarios) as ScenarioName[]).map((name) => [name, simulate(scenarios[name])]),
); // because it has no other keys
for (const [name, simulation] of simulated) {
  const { runs, most, ups, downs, medianWait, p95Wait, mostWait, workerSeconds } = measure(simulation);
  const cells = [
    scenarios[name].name,
    runs,
    most,
    `${ups}, ${downs}`,
    `${medianWait}, ${p95Wait}, ${mostWait}`,
    (workerSeconds / 3600).toFixed(1),
  ];
  print(`| ${cells.join(' | ')} |`);
}
for (const name of curves) for (const line of curve(name, simulated.get(name)?.samples ?? [])) print(line);
