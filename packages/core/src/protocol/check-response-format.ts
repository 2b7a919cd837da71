import { CaluteError } from '../errors.ts';
import type { ProviderFields } from '../request/provider-fields.ts';
import { findSchemaFault } from './find-schema-fault.ts';

/** Of a schema as JSON text; checking one of this size takes some milliseconds. */
const maxSchemaLength = 65_536;

const root = 'response_format.json_schema.schema';

/**
 * Throws `invalid_request` for a `response_format` whose schema no answer could be checked against, so that no model is
 * asked in vain; `param` is the place within the schema. What its provider cannot do with it is not known here.
 */
export function checkResponseFormat({ response_format: format }: ProviderFields): void {
  if (format?.type !== 'json_schema' || format.json_schema.schema === undefined) return;
  const { schema } = format.json_schema;
  const { length } = JSON.stringify(schema);
  if (length > maxSchemaLength) {
    throw invalid([], `expected at most ${maxSchemaLength} characters of JSON, not ${length}`);
  }
  const fault = findSchemaFault(schema);
  if (fault !== undefined) throw invalid(fault.path, fault.expectation);
}

function invalid(path: readonly string[], expectation: string): CaluteError {
  const param = [root, ...path].join('.').slice(0, 500);
  return new CaluteError('invalid_request', `Invalid '${param}': ${expectation}.`, { param });
}
