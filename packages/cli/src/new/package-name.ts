import { SlidestreamError } from '@slidestream/core';

/** Names of a new package and of what it brings. */
export interface NewNames {
  /** As npm knows it, `@acme/top-k`. */
  readonly packageName: string;
  /** As a configuration names it, `top-k`; also the file. */
  readonly specName: string;
  /** As code names it, `topK`. */
  readonly identifier: string;
  /** Of the class, `TopK`. */
  readonly className: string;
}

/** The names that follow from one argument. @throws SlidestreamError `cli/usage` for a name that npm or a configuration would refuse */
export function namesFrom(name: string): NewNames {
  if (!/^(@[a-z0-9][a-z0-9-]*\/)?[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 100) {
    throw new SlidestreamError({
      code: 'cli/usage',
      category: 'usage',
      message: `"${name}" is no name for a package`,
      hint: 'Use small letters, digits and hyphens: top-k or @acme/top-k',
    });
  }
  const specName = name.split('/').at(-1) as string;
  const className = specName.replace(/(^|-)([a-z0-9])/g, (_, _hyphen, letter: string) => letter.toUpperCase());
  return { packageName: name, specName, identifier: `${className.charAt(0).toLowerCase()}${className.slice(1)}`, className };
}
