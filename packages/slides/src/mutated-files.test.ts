import { test } from 'vitest';
import { expectBounded } from './testing/run-mutations.js';

test('500 mutated files of all formats are read or refused by name', () => expectBounded(26, 500), 300_000);
