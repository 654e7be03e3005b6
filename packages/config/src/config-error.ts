import { SlidestreamError } from '@slidestream/core';

/** One thing that is wrong in a configuration. */
export interface ConfigIssue {
  /** The file, or the text of the `--set` that it came from. */
  readonly source: string;
  /** 1-based; absent when it came from `--set`. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** `training.epochs`; empty for the whole document. */
  readonly key: string;
  readonly message: string;
  /** What was probably meant. */
  readonly hint?: string | undefined;
}

/** `config.yaml:4:13 training.epochs: must be more than 0`. */
export function describeIssue(issue: ConfigIssue): string {
  const place = issue.line === undefined ? issue.source : `${issue.source}:${issue.line}:${issue.column}`;
  const key = issue.key === '' ? '' : ` ${issue.key}:`;
  return `${place}${key === '' ? ':' : key} ${issue.message}${issue.hint === undefined ? '' : `. ${issue.hint}`}`;
}

/** A configuration that cannot be used, with everything that is wrong in it at once. */
export class ConfigError extends SlidestreamError {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], cause?: unknown) {
    const [first] = issues;
    super({
      code: 'config/invalid',
      category: 'usage',
      message: issues.map(describeIssue).join('\n'),
      cause,
    });
    Object.defineProperty(this, 'where', {
      value: first === undefined ? {} : { file: first.source, line: first.line, column: first.column, key: first.key },
    });
    this.issues = issues;
  }
}
