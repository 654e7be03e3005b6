import { isSlidestreamError } from '@slidestream/core';

/** What one look at the machine found. */
export interface Finding {
  readonly name: string;
  readonly status: 'PASS' | 'WARN' | 'FAIL';
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

/** Runs a look; an error is a finding, with its own hint where it has one. */
export async function look(
  name: string,
  find: () => Promise<Omit<Finding, 'name'>> | Omit<Finding, 'name'>,
  onError: { readonly status: 'WARN' | 'FAIL'; readonly fix: string },
): Promise<Finding> {
  try {
    return { name, ...(await find()) };
  } catch (error) {
    const known = isSlidestreamError(error);
    const detail = known ? error.what : error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { name, status: onError.status, detail, fix: (known ? error.hint : undefined) ?? onError.fix };
  }
}
