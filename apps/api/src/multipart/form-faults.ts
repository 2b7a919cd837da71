import { CaluteError } from '@calute/core/errors';

const maxFilenameBytes = 255;

interface SentFile {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  /** The field that it should be in. */
  readonly expected: string;
}

/** The name of a file that may be taken. Throws `invalid_multipart`. */
export function checkFormFile({ name, filename, expected }: SentFile): string {
  if (name !== expected) throw formFault(`Send the file in the field "${expected}".`, expected);
  if (filename === undefined || filename === '') throw formFault('The file has no filename.', expected);
  if (Buffer.byteLength(filename) > maxFilenameBytes) {
    throw formFault(`The filename is longer than ${maxFilenameBytes} bytes.`, expected);
  }
  return filename;
}

interface SentField {
  readonly nameTruncated: boolean;
  readonly valueTruncated: boolean;
  readonly isKnown: boolean;
  readonly fileField: string;
}

export function createFieldFault(
  name: string,
  { nameTruncated, valueTruncated, isKnown, fileField }: SentField,
): CaluteError | undefined {
  if (nameTruncated || valueTruncated) return formFault(`The field "${name.slice(0, 50)}" is too long.`);
  if (isKnown) return formFault(`The field "${name}" is there twice.`, name);
  if (name !== fileField) return undefined;
  return formFault(`The field "${name}" holds text; send it as a file, with a filename.`, name);
}

/** What the parser stumbles over, as the client is told. */
export function toFormFault(error: unknown): CaluteError {
  if (CaluteError.is(error)) return error;
  const message = 'The form is not valid: it ends too early, or a part of it is malformed.';
  return new CaluteError('invalid_multipart', message, { cause: error });
}

export function formFault(message: string, param?: string): CaluteError {
  return new CaluteError('invalid_multipart', message, { param });
}
