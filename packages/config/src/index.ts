/**
 * YAML to typed configuration with file:line:column errors; registries of specs as values.
 *
 * @packageDocumentation
 */
export {};
