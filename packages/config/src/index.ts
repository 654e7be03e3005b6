/**
 * YAML to typed configuration: every issue at once, with file, line, column, key and what was probably meant.
 *
 * @packageDocumentation
 */

export type { CommentedConfigOptions } from './commented-config.js';
export { commentedConfig } from './commented-config.js';
export type { ConfigIssue } from './config-error.js';
export { ConfigError, describeIssue } from './config-error.js';
export { didYouMean } from './did-you-mean.js';
export { filePath } from './file-path.js';
export { runJsonSchema } from './json-schema.js';
export type { LoadConfigOptions, LoadedConfig } from './load-config.js';
export { loadConfig, parseConfig } from './load-config.js';
export type { ImportedConfig } from './reference/import-reference.js';
export { fromReferenceOptions, importReferenceConfig } from './reference/import-reference.js';
export type { LoadRunOptions, RunChoices } from './run/load-run-config.js';
export { checkChoices, loadRunConfig } from './run/load-run-config.js';
export { readPluginNames } from './run/plugin-names.js';
export type { RunConfig } from './run/run-schema.js';
export { checkRun, runSchema } from './run/run-schema.js';
export type { KeyPath } from './yaml-source.js';
export type { SchemaIssue } from './zod-issues.js';
