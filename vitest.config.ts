import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{apps,packages,scripts,tests}/**/*.test.ts'],
    // The tests of a project that is yet to be written.
    exclude: ['**/node_modules/**', 'packages/calute/template/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    // Many tests wait for other processes, so two files at once pay even on two cores.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
