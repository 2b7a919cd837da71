import type { FileLine } from '../../files/read-lines.ts';
import { type BatchFault, maxBatchLines } from '../batch.ts';
import type { BatchEndpoint } from '../batch-endpoint.ts';
import { type InputLine, parseLine } from './parse-line.ts';

export type Validation =
  | { readonly outcome: 'valid'; readonly total: number; readonly model: string | undefined }
  | { readonly outcome: 'faulty'; readonly faults: readonly BatchFault[] };

export interface ValidateOptions {
  /** The path that lines have to name. */
  readonly url: string;
  readonly endpoint: Pick<BatchEndpoint, 'hasModel'>;
  readonly maxLineBytes: number;
}

/** More are not listed. */
const maxFaults = 100;

/**
 * Holds a whole file to what lines have to be, keeping nothing but their ids. What is wrong with a body costs its line alone, later;
 * but a file of which no line names a model that there is, is refused.
 */
export async function validateInput(
  lines: AsyncIterable<FileLine>,
  { url, endpoint, maxLineBytes }: ValidateOptions,
): Promise<Validation> {
  const seen = createSeen();
  const faults: BatchFault[] = [];
  for await (const line of lines) {
    if (line.kind === 'text' && line.text.trim() === '') continue;
    if (seen.count() === maxBatchLines) {
      const message = `A batch may have ${maxBatchLines} lines; make several batches of it.`;
      faults.push({ code: 'too_many_lines', message, param: null, line: line.number });
      break;
    }
    const fault = findFault(line, { url, maxLineBytes, seen });
    if (fault) faults.push({ ...fault, line: line.number });
    if (faults.length === maxFaults) break;
  }
  if (faults.length > 0) return { outcome: 'faulty', faults };
  if (seen.count() === 0) {
    const message = 'The file has no lines; write one request a line.';
    return { outcome: 'faulty', faults: [{ code: 'empty_file', message, param: null, line: null }] };
  }
  return await judgeModels(seen, endpoint);
}

type Seen = ReturnType<typeof createSeen>;

/** What is kept of the lines. */
function createSeen() {
  const ids = new Set<string>();
  const models = new Map<string, number>();
  return {
    count: () => ids.size,
    models: (): readonly (readonly [model: string, line: number])[] => [...models],
    /** Whether the id is a new one. */
    note({ customId, body }: InputLine, number: number): boolean {
      if (ids.has(customId)) return false;
      ids.add(customId);
      const { model } = body;
      if (typeof model === 'string' && models.size < maxFaults && !models.has(model))
        models.set(model, number);
      return true;
    },
  };
}

function findFault(
  line: FileLine,
  { url, maxLineBytes, seen }: { readonly url: string; readonly maxLineBytes: number; readonly seen: Seen },
): Omit<BatchFault, 'line'> | undefined {
  if (line.kind !== 'text') {
    return line.kind === 'too-long'
      ? { code: 'line_too_long', message: `A line may have ${maxLineBytes} bytes.`, param: null }
      : { code: 'invalid_encoding', message: 'The line is not valid UTF-8.', param: null };
  }
  const parsed = parseLine(line.text, url);
  if (parsed.outcome === 'fault') return parsed.fault;
  if (seen.note(parsed.line, line.number)) return undefined;
  const message = 'Another line before has the same "custom_id"; give each line its own.';
  return { code: 'duplicate_custom_id', message, param: 'custom_id' };
}

async function judgeModels(seen: Seen, { hasModel }: Pick<BatchEndpoint, 'hasModel'>): Promise<Validation> {
  const total = seen.count();
  const unknown: BatchFault[] = [];
  for (const [model, line] of seen.models()) {
    if (await hasModel(model)) return { outcome: 'valid', total, model };
    const message = `Unknown model "${model}"; GET /v1/models lists those that there are.`;
    unknown.push({ code: 'model_not_found', message, param: 'body.model', line });
  }
  // Without any model each line says so for itself.
  return unknown.length > 0
    ? { outcome: 'faulty', faults: unknown }
    : { outcome: 'valid', total, model: undefined };
}
