const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Within this time a signal is the same Ctrl-C again: the terminal and npm both deliver it. */
const sameSignalMs = 1000;
const lookForParentMs = 250;

/** Passes signals on to the child's process group until the returned function is called. */
export function forwardSignals(child, now = () => performance.now()) {
  const lastAt = new Map();
  const listeners = signals.map((signal) => {
    const listener = () => {
      const repeated = now() - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < sameSignalMs;
      lastAt.set(signal, now());
      if (!repeated) signalGroup(child, signal);
    };
    process.on(signal, listener);
    return [signal, listener];
  });
  const stopWatching = onceOrphaned(() => signalGroup(child, 'SIGTERM'));
  return () => {
    stopWatching();
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** npm passes a signal to its shell alone, and that dies without telling us: all there is to see is another parent. */
function onceOrphaned(act) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, lookForParentMs);
  return () => clearInterval(timer);
}

function signalGroup(child, signal) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') return void child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended in this moment.
  }
}
