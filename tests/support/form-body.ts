const boundary = 'calute-form-boundary';

export interface FormBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface FormBodyOptions {
  readonly fields?: Readonly<Record<string, string>>;
  readonly fileField?: string;
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Of the content; without it the body is chunked. */
  readonly bytes?: number;
}

/** A form whose file comes bit by bit, so that it need not be in memory. */
export function formBody({ fields = {}, fileField = 'file', content, bytes }: FormBodyOptions): FormBody {
  const texts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, `${value}\r\n`));
  const head = Buffer.from(texts.join('') + part(`name="${fileField}"; filename="big.jsonl"`, ''));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const length = bytes === undefined ? {} : { 'content-length': `${head.length + bytes + tail.length}` };
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...length },
    body: (async function* () {
      yield head;
      yield* content;
      yield tail;
    })(),
  };
}

function part(disposition: string, content: string): string {
  return `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${content}`;
}

/** The same megabyte, over and over. */
export function* repeat(chunk: Uint8Array, times: number): Generator<Uint8Array> {
  for (let count = 0; count < times; count += 1) yield chunk;
}
