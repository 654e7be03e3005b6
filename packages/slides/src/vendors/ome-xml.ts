/** What is read of an OME-XML header. */
export interface OmeXml {
  readonly mpp: { readonly x: number; readonly y: number } | null;
  readonly objective: number | null;
}

const MICROMETRES: Readonly<Record<string, number>> = { µm: 1, μm: 1, um: 1, nm: 1e-3, mm: 1e3, cm: 1e4, m: 1e6 };

/** Reads pixel size and objective from the OME-XML of an ImageDescription; `undefined` when it is none. */
export function readOmeXml(description: string): OmeXml | undefined {
  if (!/<(?:\w+:)?OME\b/.test(description.slice(0, 4096))) return undefined;
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(description)?.[0] ?? '';
  const size = (axis: 'X' | 'Y'): number => {
    const value = Number(attribute(pixels, `PhysicalSize${axis}`) ?? Number.NaN);
    return value * (MICROMETRES[attribute(pixels, `PhysicalSize${axis}Unit`) ?? 'µm'] ?? Number.NaN);
  };
  const [x, y] = [size('X'), size('Y')];
  const objective = /<(?:\w+:)?Objective\b[^>]*>/.exec(description)?.[0] ?? '';
  const power = Number(attribute(objective, 'NominalMagnification') ?? Number.NaN);
  return {
    mpp: x > 0 && y > 0 && Number.isFinite(x + y) ? { x, y } : null,
    objective: power > 0 && Number.isFinite(power) ? power : null,
  };
}

function attribute(element: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(element);
  return (value?.[1] ?? value?.[2])?.replaceAll('&#181;', 'µ').replaceAll('&#xB5;', 'µ').replaceAll('&#x3bc;', 'μ');
}
