import { isSlidestreamError } from '@slidestream/core';

/** An error as the document of `--json`. */
export function errorToJson(error: unknown): { readonly error: Readonly<Record<string, unknown>> } {
  if (isSlidestreamError(error)) {
    const issues = 'issues' in error ? { issues: error.issues } : {};
    return { error: { code: error.code, category: error.category, message: error.what, where: error.where, hint: error.hint, ...issues } };
  }
  return { error: { code: 'cli/internal', category: 'internal', message: messageOf(error) } };
}

/** An error as a person reads it: what, where, what to do; the stack only with `debug`. */
export function describeError(error: unknown, debug: boolean): string {
  const known = isSlidestreamError(error);
  const lines = [known ? error.message : `this is a defect of slidestream: ${messageOf(error)}`];
  if (!known && !debug) lines.push('Run it again with --debug and report what it prints.');
  if (debug) for (let one: unknown = error; one instanceof Error; one = one.cause) lines.push(one.stack ?? one.message);
  return lines.join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
