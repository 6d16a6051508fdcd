/** Measurements of the panel in a browser, against a real `perch serve` that was used for long. */
import base from '../e2e/playwright.config';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

export default defineConfig({
  ...base,
  testDir: import.meta.dirname,
  testMatch: '*.bench.ts',
  outputDir: join(import.meta.dirname, '../test-results/bench'),
  timeout: 600_000,
  use: { ...base.use, trace: 'off' },
});
