import { html } from '../core/html.js';

/** Rows under named columns: `{ name, cell(row), number? }`. A wide table scrolls in itself, also by keyboard. */
export function Table({ caption, columns, rows, keyOf }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>${columns.map(({ name, number }) => html`<th scope="col" class=${number ? 'number' : ''}>${name}</th>`)}</tr>
        </thead>
        <tbody>
          ${rows.map(
            (row, index) => html`
              <tr key=${keyOf ? keyOf(row) : index}>
                ${columns.map(({ cell, number }) => html`<td class=${number ? 'number' : ''}>${cell(row)}</td>`)}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}
