import { shortId } from '../core/format.js';
import { html } from '../core/html.js';
import { href } from '../core/router.js';

export function RunLink({ id }) {
  return html`<a class="id" href=${href(`/runs/${encodeURIComponent(id)}`)} title=${id}>${shortId(id)}</a>`;
}
