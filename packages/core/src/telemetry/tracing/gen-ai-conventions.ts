/**
 * Names from the OpenTelemetry GenAI semantic conventions v0.1.0, all of status Development: a later version may rename them, and
 * then only this table changes.
 */
export const genAi = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  agent: 'gen_ai.agent.name',
  tool: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCall: 'gen_ai.tool.call.id',
} as const;

/** Values of `gen_ai.operation.name`; a span's name begins with it. */
export const genAiOperation = {
  chat: 'chat',
  invokeAgent: 'invoke_agent',
  executeTool: 'execute_tool',
} as const;

/** Names from the conventions for HTTP and errors, which are stable. */
export const httpAttributes = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
} as const;

/** Ours. */
export const caluteAttributes = {
  run: 'calute.run.id',
  attempt: 'calute.attempt',
  runClass: 'calute.run.class',
  end: 'calute.run.end',
} as const;
