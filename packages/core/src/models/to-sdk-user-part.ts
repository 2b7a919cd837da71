import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider';
import { CaluteError } from '../errors.ts';
import type { UserPart } from '../request/message.ts';

/** One part of a user's message; URLs are passed on, never downloaded here. */
export function toSdkUserPart(part: UserPart): LanguageModelV4TextPart | LanguageModelV4FilePart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image_url':
      return toImage(part);
    case 'input_audio':
      return toAudio(part);
    case 'file':
      return toFile(part);
  }
}

function toImage({ image_url: { url } }: UserPart & { type: 'image_url' }): LanguageModelV4FilePart {
  const data = parseDataUrl(url);
  if (data !== undefined)
    return { type: 'file', mediaType: data.mediaType, data: { type: 'data', data: data.base64 } };
  return { type: 'file', mediaType: 'image', data: { type: 'url', url: toUrl(url) } };
}

function toAudio({
  input_audio: { data, format },
}: UserPart & { type: 'input_audio' }): LanguageModelV4FilePart {
  return {
    type: 'file',
    mediaType: format === 'wav' ? 'audio/wav' : 'audio/mpeg',
    data: { type: 'data', data },
  };
}

function toFile({ file }: UserPart & { type: 'file' }): LanguageModelV4FilePart {
  const { file_id: id, file_data: content, filename } = file;
  const name = filename === undefined ? {} : { filename };
  if (content === undefined) {
    if (id === undefined) throw badPart('A file part needs file_data or file_id.');
    return {
      type: 'file',
      mediaType: 'application',
      data: { type: 'reference', reference: { openai: id } },
      ...name,
    };
  }
  const data = parseDataUrl(content) ?? { mediaType: 'application/pdf', base64: content };
  return {
    type: 'file',
    mediaType: data.mediaType,
    data: { type: 'data', data: data.base64 },
    ...name,
  };
}

function parseDataUrl(url: string): { mediaType: string; base64: string } | undefined {
  const match = /^data:([\w.+-]+\/[\w.+-]+);base64,/.exec(url);
  return match?.[1] === undefined ? undefined : { mediaType: match[1], base64: url.slice(match[0].length) };
}

function toUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null) throw badPart('An image_url is not a valid URL.');
  return parsed;
}

function badPart(message: string): CaluteError {
  return new CaluteError('invalid_request', message, { param: 'messages' });
}
