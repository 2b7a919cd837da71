import { formatFigure, formatTable } from '../report/table.ts';
import type { MemoryCosts } from './measure-memory.ts';
import { toMemoryFormula } from './memory-formula.ts';

/** What runs of each kind take, and what that is made of. */
export function memoryOf(costs: MemoryCosts): string {
  const rows = Object.values(costs).map(({ runs, promptBytes, tokens, frames, waitingBytes, endedBytes }) => [
    `prompt of ${promptBytes} bytes, ${tokens} tokens of 5 bytes in ${formatFigure(frames)} frames`,
    runs.toLocaleString('en'),
    formatFigure(waitingBytes),
    formatFigure(endedBytes),
  ]);
  return [
    formatTable(['run', 'runs', 'bytes while it waits', 'bytes when it has ended'], rows),
    'Bytes of a run, without an idempotency key and without limits of its API key:',
    formulaOf(costs),
  ].join('\n\n');
}

/** Words instead of symbols: it is for those who plan the memory of a Redis. */
function formulaOf(costs: MemoryCosts): string {
  const { waiting, ended } = toMemoryFormula(costs);
  const { fixed, perToken, perFrame } = ended.long;
  const long = `${Math.round(fixed)} + ${formatFigure(perToken)} a token + ${formatFigure(perFrame)} a frame`;
  return [
    `- while it waits: ${Math.round(waiting.fixed)} + ${formatFigure(waiting.perPromptByte)} × the prompt's bytes`,
    `- when it has ended: ${formatFigure(ended.perPromptByte)} × the prompt's bytes + the larger one of ${Math.round(ended.short)} and ${long}`,
  ].join('\n');
}
