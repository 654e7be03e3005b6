const ESCAPE = /[\\^$.|+()]/;

/**
 * A test for ids by glob: `*` any run of characters (slashes too, so that `files/*` is all files), `?` one character,
 * `[ab]` a set, `{a,b}` alternatives.
 */
export function globMatcher(patterns: string | readonly string[]): (id: string) => boolean {
  const expressions = (typeof patterns === 'string' ? [patterns] : patterns).map(toExpression);
  return (id) => expressions.some((expression) => expression.test(id));
}

function toExpression(pattern: string): RegExp {
  let source = '';
  let braces = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string;
    const setEnd = c === '[' ? pattern.indexOf(']', i + 2) : -1;
    if (setEnd > 0) {
      const set = pattern
        .slice(i + 1, setEnd)
        .replace(/^!/, '^')
        .replace(/\\/g, '\\\\')
        .replace(/\[/g, '\\[');
      source += `[${set}]`;
      i = setEnd;
    } else if (c === '*') source += '.*';
    else if (c === '?') source += '.';
    else if (c === '{' && pattern.includes('}', i)) {
      source += '(?:';
      braces++;
    } else if (c === '}' && braces > 0) {
      source += ')';
      braces--;
    } else if (c === ',' && braces > 0) source += '|';
    else source += ESCAPE.test(c) || '[]{}'.includes(c) ? `\\${c}` : c;
  }
  return new RegExp(`^${source}$`, 's');
}
