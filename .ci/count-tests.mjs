import { readFileSync } from 'node:fs';

// Prints `N passed, N failed` from the JSON report of the test runner; fails without a test that passed.
const text = readFileSync(process.argv[2], 'utf8');
if (text === '') process.stderr.write('The test run ended without a report.\n');
const {
  numPassedTests: passed = 0,
  numFailedTests = 0,
  testResults = [],
} = text === '' ? {} : JSON.parse(text);
// A file that could not be loaded has failed though none of its tests has.
const unloaded = testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
);
const failed = numFailedTests + unloaded.length;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
