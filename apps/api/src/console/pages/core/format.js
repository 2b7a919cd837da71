const number = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const none = '–';

export function count(value) {
  return value === undefined ? none : number.format(value);
}

export function compact(value) {
  return value === undefined ? none : short.format(value);
}

/** `320 ms`, `4.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function span(ms) {
  if (ms === undefined || ms === null) return none;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function clock(ms) {
  return ms === undefined ? none : new Date(ms).toLocaleTimeString('en-GB');
}

export function dateTime(ms) {
  return ms === undefined ? none : new Date(ms).toLocaleString('en-GB');
}

export function dollars(value) {
  return value === undefined || value === 0 ? none : `$${value.toFixed(value < 1 ? 4 : 2)}`;
}

export function bytes(value) {
  return `${(value / 1024 / 1024).toFixed(0)} MB`;
}

export function percent(share) {
  if (share > 0 && share < 0.005) return '< 1 %';
  return `${Math.round(share * 100)} %`;
}

/** The end of an id tells runs apart; the beginning is the same for all of one second. */
export function shortId(id) {
  return id.length > 24 ? `${id.slice(0, 14)}…${id.slice(-6)}` : id;
}
