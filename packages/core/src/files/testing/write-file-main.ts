import { Readable } from 'node:stream';
import { CaluteError } from '../../errors.ts';
import { createDiskFileStore } from '../store/disk-file-store.ts';
import { createBlobName } from '../store/file-store.ts';

/** Writes a megabyte into the folder that is given and says how that fails: in a process whose files may not grow so large. */
const store = createDiskFileStore(process.argv[2] ?? '');
await store.identify();
const source = Readable.from([Buffer.alloc(1_000_000)]);
const outcome = await store
  .write(createBlobName(), source, new AbortController().signal)
  .catch((error) => error);
const { code, status } = CaluteError.is(outcome) ? outcome : { code: String(outcome), status: 0 };
process.stdout.write(JSON.stringify({ code, status }));
