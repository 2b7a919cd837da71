import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { CaluteError } from '@calute/core/errors';
import busboy, { type Busboy } from 'busboy';
import { checkFormFile, createFieldFault, formFault, toFormFault } from './form-faults.ts';

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
  /** Called with what `takeFile` gave when the form turns out bad behind the file. */
  giveBack(taken: Taken): Promise<void>;
}

export interface Form<Taken> {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: (Pick<FormFile, 'filename' | 'mimeType'> & { readonly taken: Taken }) | undefined;
}

const limits = { fields: 32, fieldSize: 64 * 1024, fieldNameSize: 200, files: 1, parts: 34 };

/**
 * Reads a `multipart/form-data` body with at most one file, whose bytes pass through without being kept; its fields may come
 * before it or behind. Throws CaluteError for every fault of the form, and what `takeFile` rejects with. When it throws, the
 * rest of the request is unread, and nothing of `takeFile` is under way any more.
 */
export async function readForm<Taken>(
  request: IncomingMessage,
  options: FormOptions<Taken>,
): Promise<Form<Taken>> {
  const parser = createParser(request);
  const parts = collectParts(parser, options);
  const leave = () => {
    if (!request.complete) parser.destroy(new CaluteError('run_cancelled', 'The client left while it sent.'));
  };
  request.on('close', leave);
  if (request.destroyed) leave();
  request.pipe(parser);
  try {
    return await parts.whenComplete;
  } catch (error) {
    request.unpipe(parser);
    // Ends the file as well, if it is still coming.
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
    await parts.giveBack();
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

interface Parts<Taken> {
  readonly whenComplete: Promise<Form<Taken>>;
  giveBack(): Promise<void>;
}

function collectParts<Taken>(parser: Busboy, options: FormOptions<Taken>): Parts<Taken> {
  const fields = new Map<string, string>();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  let file: Promise<NonNullable<Form<Taken>['file']>> | undefined;

  parser.on('field', (name, value, info) => {
    const fault = createFieldFault(name, { ...info, isKnown: fields.has(name), ...options });
    if (fault === undefined) fields.set(name, value);
    else fail(fault);
  });
  parser.on('file', (name, content: Readable, { filename, mimeType }) => {
    content.on('error', (error) => fail(toFormFault(error)));
    try {
      const about = { filename: checkFormFile({ name, filename, expected: options.fileField }), mimeType };
      file = options.takeFile({ ...about, content }).then((taken) => ({ ...about, taken }));
    } catch (error) {
      content.resume();
      return fail(error);
    }
    file.catch(fail);
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => fail(formFault('The form has too many parts; send one file.')));
  }
  parser.on('error', (error) => fail(toFormFault(error)));
  const closed = new Promise<void>((resolve) => parser.on('close', resolve));
  const complete = async (): Promise<Form<Taken>> => {
    await closed;
    return { fields, file: await file };
  };
  return {
    whenComplete: Promise.race([failed, complete()]),
    async giveBack() {
      const done = await file?.catch(() => undefined); // because its failure is the one that is thrown, or comes of it
      if (done !== undefined) await options.giveBack(done.taken);
    },
  };
}
