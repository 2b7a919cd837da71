import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { benchFolder, installPackages } from '../ground/install-packages.ts';

/** What is used of the packages `vega` and `vega-lite`, which are not there when this is compiled. */
interface Vega {
  readonly View: new (
    dataflow: object,
    options: { readonly renderer: 'none' },
  ) => { toSVG(): Promise<string> };
  parse(spec: object): object;
}
interface VegaLite {
  compile(spec: object): { readonly spec: object };
}

/** Draws a Vega-Lite specification without a browser. Throws when what draws cannot be installed. */
export async function renderSvg(spec: object): Promise<string> {
  if ((await installPackages('vega-lite')) === 'missing') {
    throw new Error('What draws the chart could not be installed: "npm ci" in bench/ tells why.');
  }
  const vega: Vega = await importFromBench('vega');
  const { compile }: VegaLite = await importFromBench('vega-lite');
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  return await view.toSVG();
}

async function importFromBench(name: string) {
  const { resolve } = createRequire(join(benchFolder, 'package.json'));
  return await import(pathToFileURL(resolve(name)).href);
}
