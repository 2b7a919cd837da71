/** The colours of the chart by what they are for, on a light page and on a dark one. */
export const palette = {
  background: { light: '#ffffff', dark: '#0d1117' },
  text: { light: '#1f2328', dark: '#f0f6fc' },
  quiet: { light: '#59636e', dark: '#9198a1' },
  line: { light: '#d1d9e0', dark: '#3d444d' },
  peer: { light: '#9aa4af', dark: '#6e7681' },
  own: { light: '#0969da', dark: '#4493f8' },
} as const;
