import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const conditions = ['@slidestream/source', ...defaultServerConditions];
const shared = { ssr: { resolve: { conditions } }, resolve: { conditions } };
const slow = '**/*.slow.test.ts';
const skip = ['**/node_modules/**', '**/dist/**'];

/**
 * Lanes by suffix: `*.test.ts` needs no tensors; `*.engine.test.ts` loads the native engine, seconds and memory each,
 * so few forks; `test/` runs the command line as a process; `*.slow.test.ts` only in `npm run test:slow`.
 */
export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'fast',
          sequence: { groupOrder: 0 },
          include: ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [...skip, '**/*.engine.test.ts', slow],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'engine',
          sequence: { groupOrder: 1 },
          include: ['packages/*/src/**/*.engine.test.ts'],
          exclude: [...skip, slow],
          pool: 'forks',
          maxWorkers: 1,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'process',
          sequence: { groupOrder: 2 },
          include: ['test/**/*.test.ts'],
          exclude: [...skip, slow],
          pool: 'forks',
          maxWorkers: 1,
          testTimeout: 300_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'slow',
          sequence: { groupOrder: 3 },
          include: [`packages/**/${slow.slice(3)}`, `test/**/${slow.slice(3)}`],
          exclude: skip,
          pool: 'forks',
          maxWorkers: 1,
          testTimeout: 3_600_000,
        },
      },
    ],
  },
});
