import { defineConfig } from 'vitest/config';

// For `npm run test:containers`: it builds images and needs a container engine, so it stands apart from the other tests.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.containers.ts'],
    passWithNoTests: false,
    // Both build images; one after the other they share what was built.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
