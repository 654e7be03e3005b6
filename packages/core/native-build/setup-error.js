/** What stops a set-up, with what to do about it. Plain JavaScript: these files run before anything is built or even installed. */
export class SetupError extends Error {
  /**
   * @param {string} message - what went wrong
   * @param {string} hint - what to do about it
   * @param {string} [detail] - the last lines of the tool that failed
   */
  constructor(message, hint, detail = '') {
    super(message);
    this.name = 'SetupError';
    this.hint = hint;
    this.detail = detail;
  }
}

/** A set-up error as text for a person. @param {unknown} error @returns {string} */
export function describeSetupError(error) {
  if (!(error instanceof SetupError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const detail = error.detail === '' ? '' : `${error.detail.trimEnd()}\n\n`;
  return `${detail}${error.message}\n  → ${error.hint}`;
}
