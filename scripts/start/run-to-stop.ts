import { StartError } from '@calute/core/process/start-error';
import { type StopSignals, watchStopSignals } from './stop-signals.ts';

/** Runs a command that serves until it is told to stop; gives its exit code. What keeps it from starting is one line. */
export async function runToStop(run: (signals: StopSignals) => Promise<number>): Promise<number> {
  const signals = watchStopSignals();
  // Whoever reads our lines may go first; that must not keep us from ending the rest in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    return await run(signals);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(`calute: ${error.message}`);
    return 1;
  }
}
