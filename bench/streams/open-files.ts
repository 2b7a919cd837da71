/** What each process needs beside its streams: connections to Redis, log, code that is being loaded. */
const spare = 100;

/**
 * Throws with what to do when a process of the benchmark cannot hold so many streams: each is a file descriptor in the load
 * generator, the API, the worker and the mock upstream. `limit` is that of one process; undefined where there is none.
 */
export function assertRoomForStreams(streams: number, limit: number | undefined): void {
  const needed = streams + spare;
  if (limit === undefined || needed <= limit) return;
  throw new Error(
    `${streams} streams: each process needs ${needed} open files (file descriptors) and this system allows ${limit}; ` +
      `raise the hard limit ("ulimit -Hn ${needed}" as root, or limits.conf), or open at most ${Math.max(0, limit - spare)} streams.`,
  );
}

/** The hard limit of open files for this process and those that it starts: Node raises its soft limit to it. */
export function readOpenFilesLimit(): number | undefined {
  const report = process.report.getReport() as ReportWithLimits; // because Node's types leave the report open
  const hard = report.userLimits?.open_files?.hard;
  return typeof hard === 'number' ? hard : undefined;
}

interface ReportWithLimits {
  readonly userLimits?: { readonly open_files?: { readonly hard?: number | 'unlimited' } };
}
