import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Results, readRecorded } from '../figures/results.ts';
import { root } from '../ground/start-ground.ts';
import { chartSpecOf, chartTitle } from './chart-spec.ts';
import { followTheme } from './follow-theme.ts';
import { renderSvg } from './render-svg.ts';

const path = 'docs/performance.svg';

/** Draws the recorded figures for the documentation; gives a line that says where. Throws without a recorded run. */
export async function drawChart(): Promise<string> {
  const recorded = await readRecorded<Results>('');
  if (recorded === undefined) {
    throw new Error('There is no bench/results/recorded.json to draw: run "npm run bench -- --save" first.');
  }
  const svg = followTheme(await renderSvg(chartSpecOf(recorded)), chartTitle);
  await writeFile(join(root, path), svg);
  return `Drawn to ${path}, from the run recorded at ${recorded.at}.`;
}
