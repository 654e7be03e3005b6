import { slideReaders } from '@slidestream/slides';
import { expect, test } from 'vitest';
import { readerNames } from './reader.js';

test('--reader takes the readers that there are', () => {
  expect(readerNames).toEqual([...slideReaders]);
});
