import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ask, loadSession, notice, session } from './core/api.js';
import { html } from './core/html.js';
import { paused } from './core/live.js';
import { followLinks, href, place } from './core/router.js';
import { nextTheme, theme } from './core/theme.js';
import { Backlog } from './screens/backlog.js';
import { Batches } from './screens/batches.js';
import { DeadLetters } from './screens/dead-letters.js';
import { Overview } from './screens/overview.js';
import { Playground } from './screens/playground.js';
import { Run } from './screens/run.js';
import { Runs } from './screens/runs.js';
import { SignIn } from './screens/sign-in.js';
import { Usage } from './screens/usage.js';
import { Workers } from './screens/workers.js';

const screens = [
  { path: '', name: 'Overview', screen: Overview },
  { path: 'runs', name: 'Runs', screen: Runs },
  { path: 'backlog', name: 'Backlog', screen: Backlog },
  { path: 'batches', name: 'Batches', screen: Batches },
  { path: 'workers', name: 'Workers', screen: Workers },
  { path: 'usage', name: 'Keys and usage', screen: Usage },
  { path: 'dead-letters', name: 'Dead letters', screen: DeadLetters },
  { path: 'playground', name: 'Playground', screen: Playground },
];

function findScreen([path = '', id]) {
  if (path === 'runs' && id) return { path, name: `Run ${id}`, screen: Run, id };
  return screens.find((known) => known.path === path) ?? { path, name: 'Not found', screen: NotFound };
}

function NotFound() {
  return html`<p>There is no such screen. <a href=${href('/')}>Go to the overview.</a></p>`;
}

function Console() {
  if (session.value === undefined) return html`<main class="quiet">Loading…</main>`;
  if (session.value === null) return html`<${SignIn} />`;
  const found = findScreen(place.value.parts);
  return html`
    <a class="skip" href="#screen">Skip to the content</a>
    <${Header} current=${found.path} />
    <${Screen} found=${found} key=${`${found.path}/${found.id ?? ''}`} />
    <p class="notice" role="status">${notice.value}</p>
  `;
}

function Header({ current }) {
  const screenLinks = useRef();
  // In a narrow window they scroll.
  useEffect(() => {
    screenLinks.current
      .querySelector('[aria-current]')
      ?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [current]);
  return html`
    <header>
      <span class="brand">Calute</span>
      <nav aria-label="Screens" ref=${screenLinks}>
        ${screens.map(
          ({ path, name }) =>
            html`<a href=${href(`/${path}`)} aria-current=${path === current ? 'page' : undefined}>${name}</a>`,
        )}
      </nav>
      <div class="tools">
        <button type="button" aria-pressed=${paused.value} onClick=${togglePause}>${paused.value ? 'Resume' : 'Pause'}</button>
        <button type="button" onClick=${nextTheme}>Theme: ${theme.value}</button>
        ${session.value.by === 'session' && html`<button type="button" onClick=${signOut}>Sign out</button>`}
      </div>
    </header>
  `;
}

/** A new screen is told to who cannot see it: its title has the focus. */
function Screen({ found: { name, screen: Content, id } }) {
  const title = useRef();
  useEffect(() => {
    document.title = `${name} · Calute console`;
    if (hasMoved) title.current?.focus();
    hasMoved = true;
  }, []);
  return html`
    <main id="screen">
      <h1 tabindex="-1" ref=${title}>${name}</h1>
      <${Content} id=${id} />
    </main>
  `;
}

let hasMoved = false;

function togglePause() {
  paused.value = !paused.value;
}

async function signOut() {
  await ask('session', { method: 'DELETE' });
  session.value = null;
}

followLinks();
loadSession();
render(html`<${Console} />`, document.getElementById('console'));
