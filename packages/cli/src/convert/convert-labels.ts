import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { LabelSystem } from '@slidestream/labels';

/** What of a label table is converted, and how. */
export interface ConvertLabelsOptions {
  readonly from: string;
  /** A CSV; STAMP: a folder for its two. */
  readonly to: string;
  readonly toSystem: LabelSystem;
  /** Second table of STAMP's. */
  readonly slideTable?: string | undefined;
  readonly labelColumn?: string | undefined;
  /** Name of the label's column in what is written. */
  readonly target?: string | undefined;
  readonly fold?: number | undefined;
  readonly keepRepeats?: boolean | undefined;
}

/** What the conversion gave. */
export interface ConvertedLabels {
  readonly files: readonly string[];
  readonly rows: number;
  readonly leftOut: readonly string[];
}

/**
 * Reads a label table of any system and writes it as another does.
 *
 * @throws SlidestreamError `labels/*`, `io/*`
 */
export async function convertLabels(options: ConvertLabelsOptions): Promise<ConvertedLabels> {
  const { formatLabelTable, readLabelTable } = await import('@slidestream/labels');
  const table = await readLabelTable(options.from, {
    keepColumns: true,
    repeats: options.keepRepeats === true ? 'keep' : 'refuse',
    slideTable: options.slideTable,
    labelColumn: options.labelColumn,
    fold: options.fold,
  });
  const { files, leftOut } = formatLabelTable(table, options.toSystem, options.target ?? table.columns.label);
  const paths = files.map(({ name }) => (files.length === 1 ? options.to : join(options.to, name)));
  for (const [index, { text }] of files.entries()) {
    const path = paths[index] as string;
    await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
      throw ioError(error, basename(path));
    });
    await writeFileAtomic(path, text);
  }
  return { files: paths, rows: table.rows.length, leftOut };
}
