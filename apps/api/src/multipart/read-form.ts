import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { CaluteError } from '@calute/core/errors';
import busboy, { type Busboy } from 'busboy';

/** The file of a form, while it comes. */
export interface FormFile {
  readonly filename: string;
  readonly mimeType: string;
  readonly content: Readable;
}

export interface FormOptions<Taken> {
  /** The field that holds the file. */
  readonly fileField: string;
  /** Takes the file, all of it; its rejection ends the reading. */
  takeFile(file: FormFile): Promise<Taken>;
}

export interface Form<Taken> {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: { readonly filename: string; readonly mimeType: string; readonly taken: Taken } | undefined;
}

const limits = { fields: 32, fieldSize: 64 * 1024, fieldNameSize: 200, files: 1, parts: 34 };
const maxFilenameBytes = 255;

/**
 * Reads a `multipart/form-data` body with at most one file, whose bytes pass through without being kept; its fields may come
 * before it or behind. Throws CaluteError for every fault of the form and what `takeFile` rejects with. When it throws, the
 * rest of the request is not read, and nothing of `takeFile` is under way any more; what it gave before is lost.
 */
export async function readForm<Taken>(
  request: IncomingMessage,
  options: FormOptions<Taken>,
): Promise<Form<Taken>> {
  const parser = createParser(request);
  const fields = new Map<string, string>();
  let file: Promise<Form<Taken>['file']> | undefined;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  parser.on('file', (name, content: Readable, { filename, mimeType }) => {
    content.on('error', fail);
    try {
      checkFile({ name, filename, expected: options.fileField });
    } catch (error) {
      content.resume();
      return fail(error);
    }
    const taken = options.takeFile({ filename, mimeType, content });
    file = taken.then((value) => ({ filename, mimeType, taken: value }));
    file.catch(fail);
  });
  parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    if (nameTruncated || valueTruncated) fail(formFault(`The field "${name.slice(0, 50)}" is too long.`));
    else if (fields.has(name)) fail(formFault(`The field "${name}" is there twice.`, name));
    else fields.set(name, value);
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => fail(formFault('The form has too many parts; send one file.')));
  }
  const closed = new Promise<void>((resolve) => parser.on('close', resolve));
  parser.on('error', (error) => fail(toFormFault(error)));
  const leave = () => {
    if (!request.complete) parser.destroy(new CaluteError('run_cancelled', 'The client left while it sent.'));
  };
  request.on('close', leave);
  request.pipe(parser);
  try {
    await Promise.race([closed, failed]);
    return { fields, file: await Promise.race([file, failed]) };
  } catch (error) {
    request.unpipe(parser);
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
    await file?.catch(() => undefined); // because its failure is the one that is thrown, or comes of it
    throw error;
  } finally {
    request.off('close', leave);
  }
}

function createParser(request: IncomingMessage): Busboy {
  const contentType = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    const message = 'Send the file as a form, with "Content-Type: multipart/form-data".';
    throw new CaluteError('unsupported_media_type', message);
  }
  if (request.headers['content-encoding'] !== undefined) {
    throw new CaluteError(
      'unsupported_media_type',
      'A form cannot have a Content-Encoding; send it as it is.',
    );
  }
  try {
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8' });
  } catch (cause) {
    throw new CaluteError('invalid_multipart', 'The Content-Type of the form has no boundary.', { cause });
  }
}

interface SentFile {
  readonly name: string;
  readonly filename: string | undefined;
  readonly expected: string;
}

function checkFile({ name, filename, expected }: SentFile): void {
  if (name !== expected) throw formFault(`Send the file in the field "${expected}".`, expected);
  if (filename === undefined || filename === '') throw formFault('The file has no filename.', expected);
  if (Buffer.byteLength(filename) > maxFilenameBytes) {
    throw formFault(`The filename is longer than ${maxFilenameBytes} bytes.`, expected);
  }
}

function toFormFault(error: unknown): unknown {
  if (CaluteError.is(error)) return error;
  const message = 'The form is not valid: it ends too early or a part of it is malformed.';
  return new CaluteError('invalid_multipart', message, { cause: error });
}

function formFault(message: string, param?: string): CaluteError {
  return new CaluteError('invalid_multipart', message, { param });
}
