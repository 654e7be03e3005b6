/** Module hook of a checkout: packages of this workspace resolve to their sources. */
export function resolve(specifier, context, nextResolve) {
  return nextResolve(specifier, { ...context, conditions: ['@slidestream/source', ...context.conditions] });
}
