import { defineConfig } from 'vitest/config';

// For `npm run test:package`: it installs from the registry, so it stands apart from the other tests.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.install.ts'],
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
