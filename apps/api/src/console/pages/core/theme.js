import { effect, signal } from '@preact/signals';

const themes = ['system', 'light', 'dark'];
const stored = localStorage.getItem('calute-theme');

export const theme = signal(themes.includes(stored) ? stored : 'system');

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem('calute-theme', theme.value);
});

export function nextTheme() {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length];
}
