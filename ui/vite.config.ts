import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** What both hosts allow at most, so that the preview breaks where they would. */
const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'";

export default defineConfig({
  base: './',
  plugins: [svelte(), svelteTesting()],
  build: {
    target: 'es2022',
    // Nothing inline: the content security policy knows only files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  preview: { headers: { 'Content-Security-Policy': POLICY } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    // A limit for what hangs, not a measure: machines that test are busy.
    testTimeout: 30_000,
  },
});
