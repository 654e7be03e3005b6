const ENDINGS =
  /\.(svs|tiff?|ndpi|mrxs|scn|vms|vmu|bif|svslide|dcm|czi|isyntax|qptiff|jpe?g|png|pt|pth|h5|hdf5|npy|npz|safetensors|lmdb|ome)$/i;

/**
 * The id of a slide from a file name or path: without folders and without the ending of a slide or feature file. Other dots
 * stay, as TCGA's ids hold them.
 *
 * @example
 * ```ts
 * slideIdOf('wsi/TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF.svs'); // 'TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF'
 * ```
 */
export function slideIdOf(nameOrPath: string): string {
  const base = nameOrPath.slice(Math.max(nameOrPath.lastIndexOf('/'), nameOrPath.lastIndexOf('\\')) + 1);
  const once = base.replace(ENDINGS, '');
  return /\.ome$/i.test(once) ? once.slice(0, -4) : once;
}
