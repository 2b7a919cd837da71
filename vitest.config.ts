import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['{apps,bench,packages,scripts,tests}/**/*.test.ts'],
    // The tests of a project that is yet to be written.
    exclude: ['**/node_modules/**', 'packages/calute/template/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    // Many tests wait for other processes, so three files at once pay even on two cores.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // A worker loads what files have in common once: nothing here has state of its own, and what a test opens it closes.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
