import { z } from 'zod';
import { optional } from '../optional.ts';

const textPart = <Type extends string>(type: Type) => z.object({ type: z.literal(type), text: z.string() });
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const imagePart = z.object({
  type: z.literal('input_image'),
  image_url: optional(
    z
      .string()
      .regex(
        /^(https?:\/\/|data:image\/[\w.+-]+;base64,)/,
        'expected an http(s) URL or a base64 data URL of an image',
      ),
  ),
  file_id: optional(z.string()),
  detail: optional(z.enum(['auto', 'low', 'high', 'original'])),
});
const filePart = z.object({
  type: z.literal('input_file'),
  file_id: optional(z.string()),
  file_data: optional(z.string()),
  file_url: optional(z.string()),
  filename: optional(z.string()),
});
const audioPart = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string().min(1), format: z.enum(['wav', 'mp3']) }),
});

const contentPartSchema = z.discriminatedUnion('type', [
  textPart('input_text'),
  textPart('output_text'),
  textPart('text'),
  refusalPart,
  imagePart,
  filePart,
  audioPart,
]);
export type ContentPart = z.infer<typeof contentPartSchema>;
const contentSchema = z.union([z.string(), z.array(contentPartSchema)]);

const id = optional(z.string().max(128));
const status = optional(z.string());
const callId = z.string().min(1).max(256);

/** One item of a Response's input, by its type. Fields that mean nothing here are dropped. */
export const inputItemSchemas = {
  message: z.object({
    type: z.literal('message'),
    id,
    role: z.enum(['user', 'assistant', 'system', 'developer']),
    content: contentSchema,
    status,
  }),
  function_call: z.object({
    type: z.literal('function_call'),
    id,
    call_id: callId,
    name: z.string().min(1),
    /** Of a tool that was declared in one. */
    namespace: optional(z.string()),
    arguments: z.string(),
    status,
  }),
  custom_tool_call: z.object({
    type: z.literal('custom_tool_call'),
    id,
    call_id: callId,
    name: z.string().min(1),
    namespace: optional(z.string()),
    input: z.string(),
    status,
  }),
  custom_tool_call_output: z.object({
    type: z.literal('custom_tool_call_output'),
    id,
    call_id: callId,
    output: contentSchema,
    status,
  }),
  function_call_output: z.object({
    type: z.literal('function_call_output'),
    id,
    call_id: callId,
    output: contentSchema,
    status,
  }),
  reasoning: z.object({
    type: z.literal('reasoning'),
    id,
    summary: z.array(textPart('summary_text')).default([]),
    content: optional(z.array(z.union([textPart('reasoning_text'), textPart('text')]))),
    encrypted_content: optional(z.string()),
    status,
  }),
  item_reference: z.object({ type: z.literal('item_reference'), id: z.string().min(1).max(128) }),
};

type ItemType = keyof typeof inputItemSchemas;
export type InputItem = { [Type in ItemType]: z.infer<(typeof inputItemSchemas)[Type]> }[ItemType];
export type MessageInput = z.infer<typeof inputItemSchemas.message>;

export function isItemType(type: string): type is ItemType {
  return Object.hasOwn(inputItemSchemas, type);
}
