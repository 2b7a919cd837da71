import { html } from '../core/html.js';

/** A view while nothing of it is there, when it cannot be read, and else what `children` makes of it. */
export function Shown({ live, children }) {
  const { data, fault } = live;
  return html`
    ${fault && html`<p class="fault" role="alert"><strong>Cannot be read.</strong> ${fault.message}</p>`}
    ${data === undefined ? !fault && html`<p class="quiet">Loading…</p>` : children(data)}
  `;
}

export function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}

/** What is not shown because the key may not see it. */
export function Hidden() {
  return html`<p class="quiet">Prompts and answers are hidden: this needs a key with the scope <code>content</code>.</p>`;
}

/** The state of something in a word, and not by its colour alone. */
export function Badge({ kind, children }) {
  return html`<span class=${`badge ${kind}`}>${children}</span>`;
}
