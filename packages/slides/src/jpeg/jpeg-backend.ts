import { systemLibjpeg } from './libjpeg.js';

/** Which decoder and encoder JPEGs go through here: the same pixels, about five times apart in speed. */
export function jpegBackend(): 'libjpeg-turbo' | 'sharp' {
  return systemLibjpeg() === null ? 'sharp' : 'libjpeg-turbo';
}
