import { nativeJpeg } from './native-jpeg.js';

/** Which decoder and encoder JPEGs go through here: the same pixels, about five times apart in speed. */
export function jpegBackend(): 'libjpeg-turbo' | 'sharp' {
  return nativeJpeg() === null ? 'sharp' : 'libjpeg-turbo';
}
