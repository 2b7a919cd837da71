import { textIn } from '../clients/read-data.ts';
import type { RunReport } from '../run-report.ts';
import { judgeText } from './judge-text.ts';
import type { Violation } from './violation.ts';

/** Plain pub/sub has no cursors and no log: only the text counts, in the order in which it came. */
export function judgeBaselineRun({ plan, end, connections, answer }: RunReport): Violation[] {
  const { tag, tokens } = plan;
  const read = connections.flatMap(({ records }) => records).map(({ data }) => textIn(data));
  const text = answer ?? read.join('');
  const stuck: Violation[] =
    end.type === 'stuck' ? [{ counter: 'stuck', amount: 1, tag, detail: 'no end' }] : [];
  return [...judgeText(text, { tag, tokens, completed: end.type === 'completed' }), ...stuck];
}
