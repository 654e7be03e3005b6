import type { SlideReader } from '@slidestream/slides';
import { Option } from 'commander';

/** Names as `slideReaders` has them; a test holds the two together. Written here so that `--help` loads no reader. */
export const readerNames: readonly SlideReader[] = ['auto', 'tiff', 'dicom', 'openslide'];

/** `--reader`: which reader opens the slides. */
export function readerOption(): Option {
  return new Option('--reader <name>', 'auto takes the own reader of a format, and OpenSlide where that is installed for the rest')
    .choices([...readerNames])
    .default('auto');
}
