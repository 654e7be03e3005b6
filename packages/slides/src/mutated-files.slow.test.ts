import { test } from 'vitest';
import { expectBounded } from './testing/run-mutations.js';

test('5,000 mutated files of all formats are read or refused by name', () => expectBounded(255, 5000));
