import { z } from 'zod';
import type { Message } from '../request/message.ts';
import { ignorable, optional, optionalList } from './optional.ts';

const textPartSchema = z.object({ type: z.literal('text'), text: z.string() });
const refusalPartSchema = z.object({ type: z.literal('refusal'), refusal: z.string() });
const imagePartSchema = z.object({
  type: z.literal('image_url'),
  image_url: z.object({
    url: z
      .string()
      .regex(
        /^(https?:\/\/|data:image\/[\w.+-]+;base64,)/,
        'expected an http(s) URL or a base64 data URL of an image',
      ),
    detail: optional(z.enum(['auto', 'low', 'high', 'original'])),
  }),
});
const audioPartSchema = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string().min(1), format: z.enum(['wav', 'mp3']) }),
});
const filePartSchema = z.object({
  type: z.literal('file'),
  file: z.object({
    file_id: optional(z.string()),
    file_data: optional(z.string()),
    filename: optional(z.string()),
  }),
});

const textContentSchema = z.union([z.string(), z.array(textPartSchema).min(1)]);
const userPartSchema = z.discriminatedUnion('type', [
  textPartSchema,
  imagePartSchema,
  audioPartSchema,
  filePartSchema,
]);
const assistantPartSchema = z.discriminatedUnion('type', [textPartSchema, refusalPartSchema]);

/** What providers want back and nobody else reads: see `opaqueMessageFields`. Nothing in it is a reason to refuse a request. */
const opaqueObject = ignorable(z.record(z.string(), z.unknown()));
const opaqueList = ignorable(z.array(z.unknown()));

const functionCallSchema = z.object({ name: z.string().min(1), arguments: z.string() });
const toolCallSchema = z.object({
  id: z.string().min(1),
  type: z.literal('function').default('function'),
  function: functionCallSchema,
  extra_content: opaqueObject,
  provider_specific_fields: opaqueObject,
});

const name = optional(z.string());

/** One message of a conversation, as OpenAI's chat completions define it. */
export const chatMessageSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('developer'), content: textContentSchema, name }),
  z.object({ role: z.literal('system'), content: textContentSchema, name }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(userPartSchema).min(1)]), name }),
  z.object({
    role: z.literal('assistant'),
    content: optionalList(z.union([z.string(), z.array(assistantPartSchema)])),
    refusal: optional(z.string()),
    reasoning: ignorable(z.string()),
    reasoning_content: ignorable(z.string()),
    reasoning_details: opaqueList,
    thinking_blocks: opaqueList,
    extra_content: opaqueObject,
    provider_specific_fields: opaqueObject,
    tool_calls: optionalList(z.array(toolCallSchema)),
    function_call: optional(functionCallSchema),
    name,
  }),
  z.object({ role: z.literal('tool'), content: textContentSchema, tool_call_id: z.string().min(1) }),
  z.object({ role: z.literal('function'), content: z.string().nullable(), name: z.string().min(1) }),
]) satisfies z.ZodType<Message>;
