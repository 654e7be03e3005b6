/** What the limits on shape say. */
export const FAULTS = {
  cyclic: 'the value contains itself',
  'too-deep': 'containers are nested too deep',
  'too-large': 'the value would unfold to far more than the file holds',
} as const;
