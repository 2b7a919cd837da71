import { defineConfig } from 'vitest/config';

// For `npm run check`, which needs no Redis.
export default defineConfig({
  test: { root: import.meta.dirname, include: ['**/*.test.ts'], passWithNoTests: false },
});
