export interface OpenedViews extends AsyncDisposable {
  readonly count: number;
  readonly different: number;
  /** What all of them were sent so far. */
  bytes(): number;
  /** Throws when a page was shown nothing, or a fault. */
  assertShown(): void;
}

interface OpenedView {
  readonly path: string;
  bytes: number;
  /** The beginning. */
  head: string;
}

const pagesOfEach = 2;

/** Opens pages of the console as browsers would, two of each view, and reads what they are sent. */
export async function openViews(url: string, key: string): Promise<OpenedViews> {
  const headers = { authorization: `Bearer ${key}` };
  const run = await askOnce(url, headers);
  const paths = [
    ...['overview', 'runs', 'runs?end=failed', 'runs?agent=agent-1', `run?id=${run}`],
    ...['backlog', 'workers', 'usage?days=1', 'usage?days=7', 'dead-letters'],
  ];
  const leaving = new AbortController();
  const { signal } = leaving;
  const views = paths.flatMap((path) =>
    Array.from({ length: pagesOfEach }, (): OpenedView => ({ path, bytes: 0, head: '' })),
  );
  const reading = views.map(async (view) => {
    const response = await fetch(`${url}/console/api/live/${view.path}`, { headers, signal });
    for await (const bytes of response.body ?? []) {
      if (view.head.length < 200) view.head += Buffer.from(bytes).toString();
      view.bytes += bytes.length;
    }
  });
  const ended = Promise.allSettled(reading);
  return {
    count: views.length,
    different: paths.length,
    bytes: () => views.reduce((sum, { bytes }) => sum + bytes, 0),
    assertShown() {
      const wrong = views.find(({ head }) => !head.includes('\n\ndata: '));
      if (wrong) throw new Error(`${wrong.path} was not shown: ${wrong.head || 'nothing came'}`);
    },
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await ended;
    },
  };
}

/** A run that can be looked at; gives its id. */
async function askOnce(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'mock-burst', messages: [{ role: 'user', content: 'hello' }] }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return response.headers.get('x-calute-run-id') ?? '';
}
