import { z } from 'zod';
import { optional } from './optional.ts';

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

const functionCallSchema = z.object({ name: z.string().min(1), arguments: z.string() });
export const toolCallSchema = z.object({
  id: z.string().min(1),
  type: z.literal('function').default('function'),
  function: functionCallSchema,
});
export type ToolCall = z.infer<typeof toolCallSchema>;

const name = optional(z.string());

/** One message of a conversation, as OpenAI's chat completions define it. */
export const chatMessageSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('developer'), content: textContentSchema, name }),
  z.object({ role: z.literal('system'), content: textContentSchema, name }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(userPartSchema).min(1)]), name }),
  z.object({
    role: z.literal('assistant'),
    content: optional(z.union([z.string(), z.array(assistantPartSchema).min(1)])),
    refusal: optional(z.string()),
    tool_calls: optional(z.array(toolCallSchema).min(1)),
    function_call: optional(functionCallSchema),
    name,
  }),
  z.object({ role: z.literal('tool'), content: textContentSchema, tool_call_id: z.string().min(1) }),
  z.object({ role: z.literal('function'), content: z.string().nullable(), name: z.string().min(1) }),
]);
export type ChatMessage = z.infer<typeof chatMessageSchema>;
export type UserPart = z.infer<typeof userPartSchema>;
