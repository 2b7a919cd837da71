import { z } from 'zod';
import type { AnswerDemand } from '../../loop/agent-run.ts';
import type { ResponseFormat } from '../../models/model-provider.ts';

/** Something that a lead says in a fixed form. */
export interface Verdict<Value> extends AnswerDemand {
  readonly format: ResponseFormat;
  /** Throws for a text that has a fault. */
  read(text: string): Value;
}

export interface VerdictDefinition<Value> {
  readonly what: string;
  readonly shape: z.ZodType<Value>;
  /** What the shape cannot say. */
  readonly check?: (value: Value) => string | undefined;
}

export function createVerdict<Value>({ what, shape, check }: VerdictDefinition<Value>): Verdict<Value> {
  const { $schema, ...schema } = z.toJSONSchema(shape);
  return {
    what,
    format: { type: 'json_schema', json_schema: { name: what, strict: true, schema } },
    read: (text) => shape.parse(JSON.parse(text)),
    findFault(text) {
      const json = readJson(text);
      if (json === undefined) return 'It is no JSON.';
      const parsed = shape.safeParse(json.value);
      if (parsed.success) return check?.(parsed.data);
      const [issue] = parsed.error.issues;
      return `It does not fit: ${[...(issue?.path ?? []), ''].join('.')} ${issue?.message}.`;
    },
  };
}

function readJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
