import { z } from 'zod';
import type { BatchReport } from '../batch-report.ts';
import { judgeText } from './judge-text.ts';
import type { Violation } from './violation.ts';

/** A batch must end, and have the whole answer to each of its lines once. What is killed under it is no excuse. */
export function judgeBatch(report: BatchReport): Violation[] {
  const { plan, end, counts, results } = report;
  if (end === 'stopped') return [];
  const { tag } = plan;
  if (end === 'stuck') return [{ counter: 'stuck', amount: 1, tag, detail: 'the batch has no end' }];
  if (end !== 'completed')
    return [{ counter: 'lost', amount: plan.lines.length, tag, detail: `it ended as ${end}` }];
  const byId = Map.groupBy(results, ({ line }) => readLine(line)?.custom_id);
  const ids = new Set<string | undefined>(plan.lines.map(({ run }) => run));
  const strangers = [...byId].filter(([id]) => !ids.has(id));
  return [
    ...plan.lines.flatMap(({ run, tokens }) => judgeLine(byId.get(run) ?? [], { tag: run, tokens })),
    ...strangers.map(([id, all]) =>
      tell('lost', tag, `${all.length} results of ${id}, which is no line of it`),
    ),
    ...counts.flatMap((count, index) => {
      const before = counts[index - 1] ?? 0;
      return count < before ? [tell('reordered', tag, `${count} lines were done after ${before}`)] : [];
    }),
  ];
}

interface Line {
  readonly tag: string;
  readonly tokens: number;
}

function judgeLine(results: BatchReport['results'], { tag, tokens }: Line): Violation[] {
  const [result] = results;
  if (result === undefined) return [tell('lost', tag, 'the line of the batch is in no file')];
  if (results.length > 1)
    return [tell('doubled', tag, `the line of the batch is there ${results.length} times`)];
  const text = readLine(result.line)?.response?.body.choices?.[0]?.message.content;
  if (result.from === 'errors' || typeof text !== 'string')
    return [tell('lost', tag, `the line of the batch failed: ${result.line.slice(0, 300)}`)];
  return judgeText(text, { tag, tokens, completed: true });
}

function tell(counter: Violation['counter'], tag: string, detail: string): Violation {
  return { counter, amount: 1, tag, detail };
}

const lineSchema = z.object({
  custom_id: z.string(),
  response: z
    .object({
      body: z.looseObject({
        choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).optional(),
      }),
    })
    .nullable(),
});

function readLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
