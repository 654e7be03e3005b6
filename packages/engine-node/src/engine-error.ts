import { SlidestreamError } from '@slidestream/core';

/** The engine could not be loaded: not installed, or installed and broken. */
export function loadError(cause: unknown): SlidestreamError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/Cannot find (package|module)|native addon module|libtensorflow|tfjs_binding/.test(text)) {
    return new SlidestreamError({
      code: 'engine/not-installed',
      category: 'usage',
      message: `the tensor engine is not installed: ${firstLine(text)}`,
      hint: 'Run: npm run setup',
      cause,
    });
  }
  return new SlidestreamError({
    code: 'engine/load-failed',
    category: 'internal',
    message: `the tensor engine does not load: ${firstLine(text)}`,
    hint: 'Run: npm run setup, then: slidestream doctor',
    cause,
  });
}

/** The engine cannot be started here, or not as asked. */
export function usageError(code: string, message: string, hint: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({ code: `engine/${code}`, category: 'usage', message, hint, cause });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}
