import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// For `npm run test:versions`: it installs an earlier commit from the registry, so it stands apart from the other tests.
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['tests/versions/*.versions.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
