import { CaluteError } from '../../errors.ts';
import type { ContentPart } from '../../protocol/responses/input-item.ts';
import type { UserPart } from '../../request/message.ts';
import { mediaTypeOf } from './media-type.ts';

/** A part of an input as a part of a user's message. A file of text becomes text, which any provider takes. */
export function toUserPart(part: ContentPart): UserPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'input_audio':
      return part;
    case 'input_image': {
      const { image_url: url, detail } = part;
      if (url === undefined) throw invalid('an image needs "image_url" or "file_id"');
      return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } };
    }
    case 'input_file':
      return toFilePart(part);
  }
}

function toFilePart({ file_data, file_url, filename }: ContentPart & { type: 'input_file' }): UserPart {
  if (file_data === undefined) {
    const advice = 'send its content as "file_data", or upload it and send "file_id"';
    throw invalid(
      file_url === undefined ? `a file needs a content: ${advice}` : `files are not fetched: ${advice}`,
    );
  }
  const match = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w.=-]+)*;base64,/.exec(file_data);
  const base64 = match ? file_data.slice(match[0].length) : file_data;
  const mediaType = match?.[1] ?? mediaTypeOf(filename);
  if (isTextual(mediaType)) {
    const text = Buffer.from(base64, 'base64').toString();
    return { type: 'text', text: filename === undefined ? text : `${filename}:\n${text}` };
  }
  const url = `data:${mediaType};base64,${base64}`;
  if (mediaType.startsWith('image/')) return { type: 'image_url', image_url: { url } };
  return { type: 'file', file: { file_data: url, ...(filename === undefined ? {} : { filename }) } };
}

function isTextual(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/(.*\+)?(json|xml|yaml|x-ndjson)$/.test(mediaType);
}

function invalid(expectation: string): CaluteError {
  return new CaluteError('invalid_request', `Invalid 'input': ${expectation}.`, { param: 'input' });
}
