import { signal } from '@preact/signals';

const base = '/console';

/** The path below `/console`, and its query. */
export const place = signal(read());

function read() {
  const path = location.pathname.slice(base.length).replace(/^\/+|\/+$/g, '');
  return { parts: path.split('/').map(decodeURIComponent), query: new URLSearchParams(location.search) };
}

/** Goes to a screen, without loading the page again. */
export function go(path, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', base + path);
  place.value = read();
}

export function href(path) {
  return base + path;
}

/** Takes clicks on links to screens. */
export function followLinks() {
  addEventListener('popstate', () => {
    place.value = read();
  });
  addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || link.target || link.hasAttribute('download')) return;
    const { origin, pathname, search } = new URL(link.href);
    if (origin !== location.origin || !/^\/console(?!\/api\/)/.test(pathname)) return;
    event.preventDefault();
    go(pathname.slice(base.length) + search);
  });
}
