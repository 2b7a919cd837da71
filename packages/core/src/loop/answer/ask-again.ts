import type { ModelCall } from '../../models/model-provider.ts';
import type { Message } from '../../request/message.ts';
import type { AnswerFormat } from './create-find-answer-fault.ts';

interface MissedAnswer {
  readonly answer: string;
  readonly fault: string;
  readonly format: AnswerFormat;
}

/**
 * The call that asks a model to mend its answer. It names the schema, because a provider that does not enforce it may never
 * have told the model; and no tool may be called, so that this call is the run's last.
 */
export function askAgain(call: ModelCall, { answer, fault, format }: MissedAnswer): ModelCall {
  const said: Message[] = answer === '' ? [] : [{ role: 'assistant', content: answer }];
  const content = `${introduction(fault)}\n${demand(format)}`;
  return {
    ...call,
    messages: [...call.messages, ...said, { role: 'user', content, name: undefined }],
    toolChoice: call.tools.length > 0 ? 'none' : undefined,
  };
}

function introduction(fault: string): string {
  return `Your answer cannot be used. ${fault}`;
}

function demand(format: AnswerFormat): string {
  const alone = 'with nothing before or after it and without a code fence';
  const schema = format.type === 'json_schema' ? format.json_schema.schema : undefined;
  if (format.type === 'json_object') return `Answer again with one JSON object, ${alone}.`;
  if (schema === undefined) return `Answer again with JSON, ${alone}.`;
  return `Answer again with JSON that is valid against this JSON Schema, ${alone}:\n${JSON.stringify(schema)}`;
}
