import { Readable } from 'node:stream';
import { CaluteError } from '../errors.ts';
import type { ContentBlob } from './catalogue/file-catalogue.ts';
import type { ByteRange, FileStore } from './store/file-store.ts';

export interface ReadContentOptions {
  readonly store: Pick<FileStore, 'read'>;
  readonly blobs: readonly ContentBlob[];
  readonly range: ByteRange;
  readonly signal?: AbortSignal | undefined;
}

/** A range of content that is made of several blobs. Resolves once the first of them is open. */
export async function readContent({ store, blobs, range, signal }: ReadContentOptions): Promise<Readable> {
  const [first, ...others] = cutRange(blobs, range);
  if (first === undefined) return Readable.from([]);
  const open = ({ name, start, end }: BlobRange) => store.read(name, { start, end }, signal);
  const begun = await open(first);
  if (others.length === 0) return begun;
  return Readable.from(join(begun, others, open), { objectMode: false });
}

interface BlobRange extends ByteRange {
  readonly name: ContentBlob['name'];
}

/** What the range takes of each blob. Throws `file_lost` when it reaches behind the end of the content. */
function cutRange(blobs: readonly ContentBlob[], range: ByteRange): BlobRange[] {
  let offset = 0;
  const cut = blobs.flatMap(({ name, bytes }) => {
    const start = Math.max(range.start - offset, 0);
    const end = Math.min(range.end - offset, bytes);
    offset += bytes;
    return start < end ? [{ name, start, end }] : [];
  });
  if (range.end > offset) {
    // Its record was read just before, so that it was deleted meanwhile.
    throw new CaluteError('file_lost', 'The content of this file is no longer there; upload it again.');
  }
  return cut;
}

async function* join(
  begun: Readable,
  others: readonly BlobRange[],
  open: (blob: BlobRange) => Promise<Readable>,
): AsyncGenerator<Buffer> {
  yield* begun;
  for (const blob of others) yield* await open(blob);
}
