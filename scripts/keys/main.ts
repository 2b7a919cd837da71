import { report } from '../operator/command-result.ts';
import { runKeys } from './run-keys.ts';

report(await runKeys(process.argv.slice(2)));
