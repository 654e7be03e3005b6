import type { CopyOptions, CopyReport } from './copy-options.js';
import { type CreateTileStoreOptions, createTileStore } from './create-tile-store.js';
import { openTileStore } from './open-tile-store.js';
import { storeError } from './store-error.js';
import { withoutChecksums } from './tile-source.js';
import type { StoreHeader, TileStoreReader, TileStoreWriter } from './types.js';

/**
 * Puts the slides of several stores of ours into one, in the order given; goes on where an earlier merge ended.
 *
 * @throws SlidestreamError as `openTileStore` and `createTileStore`; `store/slide-exists` when two sources hold the same slide, `store/not-ours`
 */
export async function mergeTileStores(
  sources: readonly string[],
  target: string,
  options: CopyOptions & CreateTileStoreOptions = {},
): Promise<CopyReport> {
  const owners = new Map<string, string>();
  let header: StoreHeader | null = null;
  for (const source of sources) {
    using store = openTileStore(source);
    if (store.header === null)
      throw storeError(
        'not-ours',
        'the store was written by another tool',
        { file: source },
        { category: 'usage', hint: 'Import it first' },
      );
    header ??= store.header;
    for (const slide of store.slides) {
      const owner = owners.get(slide);
      if (owner !== undefined)
        throw storeError('slide-exists', `the slide is in ${owner} too`, { file: source, slide }, { category: 'usage' });
      owners.set(slide, source);
    }
    const different = (['tileSizePx', 'jpegQuality', 'encoder'] as const).find((field) => store.header?.[field] !== header?.[field]);
    if (different !== undefined)
      throw storeError('other-settings', `${different} differs from the first store's`, { file: source }, { category: 'usage' });
  }
  if (header === null) throw storeError('nothing-to-merge', 'no stores are given', { file: target }, { category: 'usage' });
  await using writer = await createTileStore(target, header, options);
  const report = { slides: 0, tiles: 0, kept: 0 };
  for (const source of sources) {
    using store = openTileStore(source);
    await copySlides(store, writer, report, { ...options, total: owners.size });
  }
  return report;
}

/** Copies all slides that `writer` lacks; checksums are compared on the way. */
export async function copySlides(
  store: TileStoreReader,
  writer: TileStoreWriter,
  report: { slides: number; tiles: number; kept: number },
  options: CopyOptions & { readonly total: number },
): Promise<void> {
  for (const slide of store.slides) {
    options.signal?.throwIfAborted();
    if (writer.has(slide)) report.kept++;
    else {
      const info = withoutChecksums(store.slideInfo(slide));
      if (info === null) throw storeError('damaged', 'the record of the slide is missing', { file: store.path, slide });
      await writer.writeSlide(slide, info, store.tiles(slide));
      report.slides++;
      report.tiles += store.tileCount(slide);
    }
    options.onSlide?.(slide, report.slides + report.kept, options.total);
  }
}
