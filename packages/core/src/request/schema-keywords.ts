/** Keywords of JSON Schema whose value is a schema; that of `items` may be a list as well. */
export const schemaKeywords: ReadonlySet<string> = new Set([
  ...['additionalItems', 'additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames'],
  ...['then', 'unevaluatedItems', 'unevaluatedProperties'],
]);

/** Keywords whose value is a list of schemas. */
export const schemaListKeywords: ReadonlySet<string> = new Set([
  ...['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems'],
]);

/** Keywords whose value is an object of schemas. */
export const schemaMapKeywords: ReadonlySet<string> = new Set([
  ...['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties', 'properties'],
]);
