import { join } from 'node:path';
import { writeFileAtomic } from '@slidestream/core/node';
import type { CopyOptions, CopyReport, TfrecordIndex } from '@slidestream/lmdb-io';

/** Layouts in which the tiles of a store are written. */
export type ExportLayout = 'folders' | 'tfrecords' | 'tar';

/**
 * Writes the tiles of a store, the bytes as they are stored; with TFRecords also slideflow's index of each.
 *
 * @throws SlidestreamError `store/*`, `io/*`
 */
export async function exportTiles(
  store: string,
  { out, as, slides }: { readonly out: string; readonly as: ExportLayout; readonly slides?: readonly string[] | undefined },
  copy: CopyOptions,
): Promise<CopyReport> {
  const { exportTars, exportTfrecords, exportTileStore } = await import('@slidestream/lmdb-io');
  const options = { ...copy, slides };
  if (as === 'tar') return exportTars(store, out, options);
  if (as === 'folders') return exportTileStore(store, out, options);
  return exportTfrecords(store, out, { ...options, onIndex: (index) => writeIndex(out, index) });
}

async function writeIndex(out: string, { name, spans, centres }: TfrecordIndex): Promise<void> {
  const { encodeNpz } = await import('@slidestream/formats');
  const pairs = (values: readonly number[]) =>
    ({ dtype: 'int64', shape: [values.length / 2, 2], data: BigInt64Array.from(values, BigInt) }) as const;
  const arrays = [['arr_0', pairs(spans)] as const, ...(centres === null ? [] : [['locations', pairs(centres)] as const])];
  await writeFileAtomic(join(out, `${name}.index.npz`), encodeNpz(arrays));
}
