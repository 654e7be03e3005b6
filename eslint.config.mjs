import { readdirSync, readFileSync } from 'node:fs';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';
import { boundaries } from './tools/lint/boundaries.mjs';

// Biome formats and has the fast rules; here is only what needs types or the whole workspace.
const packages = readdirSync('packages').map((name) => JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8')));
const tests = ['**/*.test.ts', '**/*.bench.ts', '**/testing/**'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.js', '**/*.mjs', 'vitest.config.ts'] },
  {
    files: ['packages/*/src/**/*.ts', 'test/**/*.ts', 'tools/**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin, jsdoc, slidestream: boundaries(packages) },
    rules: {
      'slidestream/layers': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', { max: 400 }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name='mergeMap'][arguments.length<2]",
          message: 'mergeMap without a number reads everything ahead: give a concurrency, or use mapConcurrent.',
        },
        {
          selector:
            'ImportDeclaration[source.value="rxjs"] > ImportSpecifier[imported.name=/^(switchMap|exhaustMap|debounce|debounceTime|sample)$/]',
          message: 'This operator drops items: it has no place in a data path.',
        },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: tests,
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: { esm: true },
          require: { FunctionDeclaration: true, ClassDeclaration: true },
          checkConstructors: false,
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'],
        },
      ],
    },
  },
);
