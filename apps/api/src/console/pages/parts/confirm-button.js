import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { html } from '../core/html.js';

const askedMs = 5000;

/** Does what cannot be undone at the second press only. */
export function ConfirmButton({ label, onConfirm, disabled }) {
  const asked = useSignal(false);
  useEffect(() => {
    if (!asked.value) return undefined;
    const timer = setTimeout(() => {
      asked.value = false;
    }, askedMs);
    return () => clearTimeout(timer);
  }, [asked.value]);
  const press = () => {
    if (asked.value) onConfirm();
    asked.value = !asked.value;
  };
  return html`<button type="button" class=${asked.value ? 'danger' : ''} disabled=${disabled} onClick=${press}>
    ${asked.value ? `Really ${label.toLowerCase()}?` : label}
  </button>`;
}
