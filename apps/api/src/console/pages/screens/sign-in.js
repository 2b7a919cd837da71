import { useSignal } from '@preact/signals';
import { ask, session } from '../core/api.js';
import { html } from '../core/html.js';

/** Exchanges a key for a session. The key is not kept by the page. */
export function SignIn() {
  const fault = useSignal('');
  const submit = async (event) => {
    event.preventDefault();
    const field = event.target.elements.key;
    try {
      session.value = await ask('session', { method: 'POST', body: { key: field.value } });
    } catch (refusal) {
      fault.value = refusal.message;
      field.focus();
    }
  };
  return html`
    <main class="sign-in">
      <h1>Calute console</h1>
      <form onSubmit=${submit}>
        <label for="key">API key</label>
        <input id="key" name="key" type="password" autocomplete="off" required aria-describedby="key-help" />
        <p id="key-help" class="quiet">
          With the scope <code>admin</code>, or <code>viewer</code> to look only; prompts and answers need
          ${' '}<code>content</code> too: <code>calute keys create --name me --scopes admin,content,infer</code>
        </p>
        ${fault.value && html`<p class="fault" role="alert">${fault.value}</p>`}
        <button type="submit" class="main">Sign in</button>
      </form>
    </main>
  `;
}
