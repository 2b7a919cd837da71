import type { Figures } from '../figures/figures.ts';
import type { Results } from '../figures/results.ts';
import type { Spread } from '../figures/statistics.ts';
import { type PeerId, peerTitles } from '../peers/peer.ts';
import { formatFigure } from '../report/table.ts';
import { palette } from './palette.ts';

/** A bar. */
interface Bar extends Spread {
  readonly peer: string;
  readonly label: string;
  readonly isOwn: boolean;
}

const scenario = 'burst-32';
/** From above; the upstream alone is no peer and has no figure of its own. */
const order: readonly PeerId[] = ['calute', 'relay-undici', 'relay-fetch', 'portkey', 'tutorial', 'bullmq'];
const color = {
  background: palette.background.light,
  text: palette.text.light,
  quiet: palette.quiet.light,
  line: palette.line.light,
  peer: palette.peer.light,
  own: palette.own.light,
};

export const chartTitle = 'Streams of 64 tokens, 32 at once';

/** A Vega-Lite specification: requests/s and CPU time per request of all peers side by side. Throws without Calute's figures. */
export function chartSpecOf(results: Results): object {
  const figures = order.flatMap((id) =>
    results.figures.filter((one) => one.peer === id && one.scenario === scenario && one.errors === 0),
  );
  if (figures[0]?.peer !== 'calute')
    throw new Error(`The recorded run has no figures of Calute in ${scenario}.`);
  return {
    title: { text: chartTitle, subtitle: subtitlesOf(results), anchor: 'start', offset: 16 },
    background: color.background,
    padding: 16,
    hconcat: [
      panelOf('requests/s: more is better', barsOf(figures, 'requestsPerSecond'), true),
      panelOf('CPU µs per request, Redis included: less is better', barsOf(figures, 'cpuUs'), false),
    ],
    config,
  };
}

const config = {
  font: 'system-ui, -apple-system, Segoe UI, sans-serif',
  title: {
    color: color.text,
    subtitleColor: color.quiet,
    fontSize: 15,
    subtitleFontSize: 11,
    subtitlePadding: 6,
  },
  axis: {
    labelColor: color.text,
    titleColor: color.quiet,
    gridColor: color.line,
    domain: false,
    ticks: false,
    labelFontSize: 12,
    labelLimit: 0,
    titleFontWeight: 'normal',
    titleFontSize: 12,
    titlePadding: 10,
  },
  axisX: { labelColor: color.quiet, labelFontSize: 10 },
  view: { stroke: null },
  concat: { spacing: 24 },
} as const;

function subtitlesOf({ at, rounds, cellMs, machine, versions }: Results): string[] {
  const { cores, memoryGb, platform } = machine;
  return [
    `Medians of ${rounds} rounds of ${cellMs / 1000} s, thin lines from the lowest to the highest. Recorded ${at.slice(0, 10)}.`,
    'The relays and Portkey have no queue; BullMQ alone has neither HTTP nor a model.',
    `${cores} cores, ${memoryGb} GB, ${platform}; node ${versions['node']}, redis ${versions['redis']}, bullmq ${versions['bullmq']}.`,
  ];
}

function barsOf(figures: readonly Figures[], figure: 'requestsPerSecond' | 'cpuUs'): Bar[] {
  return figures.flatMap((one) => {
    const spread = one[figure];
    if (spread === undefined) return [];
    const isOwn = one.peer === 'calute';
    return [{ ...spread, peer: shortTitleOf(one.peer), isOwn, label: formatFigure(spread.median) }];
  });
}

/** Without what stands in brackets, which the subtitle says. */
function shortTitleOf(peer: PeerId): string {
  return peerTitles[peer].replace(/ \(.*\)$/, '');
}

function panelOf(title: string, bars: readonly Bar[], withNames: boolean): object {
  const names = withNames ? { labelPadding: 8 } : { labels: false };
  const y = { field: 'peer', type: 'nominal', sort: null, axis: { title: null, ...names } };
  const x = (field: keyof Bar) => ({ field, type: 'quantitative', axis: { title, tickCount: 4 } });
  const fill = { condition: { test: 'datum.isOwn', value: color.own }, value: color.peer };
  return {
    data: { values: bars },
    width: 300,
    height: { step: 30 },
    layer: [
      { mark: { type: 'bar', height: 18 }, encoding: { y, x: x('median'), color: fill } },
      {
        mark: { type: 'rule', color: color.quiet },
        encoding: { y, x: x('min'), x2: { field: 'max' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, color: color.text, fontSize: 11 },
        encoding: { y, x: x('max'), text: { field: 'label' } },
      },
    ],
  };
}
