/** Two signals closer together than this are one Ctrl-C, delivered by the terminal and by npm. */
const sameSignalMs = 300;

/** Calls the listener for each Ctrl-C, or SIGTERM, until the returned function is called. */
export function onProcessInterrupt(listener: () => void): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  const onSignal = () => {
    const now = performance.now();
    if (now - lastAt < sameSignalMs) return;
    lastAt = now;
    listener();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
