import { html } from '../core/html.js';

/** One figure with its name, in a `<dl class="tiles">`. */
export function Tile({ name, value, note, warn }) {
  return html`<div class=${warn ? 'tile warn' : 'tile'}><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`;
}
