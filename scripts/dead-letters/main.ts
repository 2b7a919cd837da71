import { report } from '../operator/command-result.ts';
import { runDeadLetters } from './run-dead-letters.ts';

report(await runDeadLetters(process.argv.slice(2)));
