import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Folders of `components` that know a part of the product; `shared` knows none of them. */
const DOMAINS = ['connection', 'event', 'settings', 'suggestion'];

/** Files that may not import what `patterns` say, and why. */
function border(files, patterns, ignores = []) {
  return { files, ignores, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

const HOST = { group: ['@tauri-apps/*'], message: 'Only platform/tauri.ts knows Tauri.' };
const VIEWS = { group: ['**/views/*'], message: 'Only App and views know views.' };

export default ts.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'src/ipc/gen'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/no-inline-styles': 'error',
      // There is no router: addresses are fragments.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  border(['src/**'], [HOST], ['src/platform/tauri.ts', 'src/platform/tauri.test.ts']),
  border(
    ['src/components/shared/**'],
    [
      HOST,
      VIEWS,
      { group: DOMAINS.map((domain) => `**/${domain}/*`), message: 'Shared parts know no domain.' },
    ],
  ),
  ...DOMAINS.map((own) =>
    border(
      [`src/components/${own}/**`],
      [
        HOST,
        VIEWS,
        {
          group: DOMAINS.filter((domain) => domain !== own).map((domain) => `**/components/${domain}/*`),
          message: 'Domains do not know each other; a view brings them together.',
        },
        {
          group: DOMAINS.filter((domain) => domain !== own).map((domain) => `../${domain}/*`),
          message: 'Domains do not know each other; a view brings them together.',
        },
      ],
    ),
  ),
);
