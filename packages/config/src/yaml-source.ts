import { type Document, isMap, isNode, isPair, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import { ConfigError, type ConfigIssue } from './config-error.js';

/** Path of a value in a document. */
export type KeyPath = readonly (string | number)[];

/** `training.optimiser.name`, `tiling.scales.0.mpp`. */
export function formatKeyPath(path: KeyPath): string {
  return path.join('.');
}

/** A parsed YAML text that knows where its keys and values stand. */
export interface YamlSource {
  readonly name: string;
  readonly data: unknown;
  /** Position of the value at `path`, or of the nearest thing round it that exists. */
  locate(path: KeyPath): { readonly line: number; readonly column: number };
  /** Position of the key `path` itself. */
  locateKey(path: KeyPath): { readonly line: number; readonly column: number };
}

const MAX_CHARACTERS = 1_000_000;
/** One slip can make a parser complain a thousand times. */
const MOST_FAULTS = 5;

/**
 * Parses one YAML document strictly: duplicate keys, unknown tags, warnings, alias bombs and texts beyond a megabyte are refused.
 *
 * @throws ConfigError with line and column
 */
export function parseYaml(text: string, name: string): YamlSource {
  if (text.length > MAX_CHARACTERS) throw new ConfigError([{ source: name, key: '', message: 'is larger than a megabyte' }]);
  const lines = new LineCounter();
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  let document: Document.Parsed<ParsedNode>;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, version: '1.2' });
  } catch (error) {
    throw new ConfigError([{ source: name, key: '', message: 'cannot be parsed: it is nested too deeply' }], error);
  }
  const faults = [...document.errors, ...document.warnings].slice(0, MOST_FAULTS).map(
    (error): ConfigIssue => ({
      source: name,
      ...at(error.pos[0]),
      key: '',
      message: /call stack/.test(error.message) ? 'is nested too deeply' : error.message.trim(),
    }),
  );
  if (faults.length > 0) throw new ConfigError(faults);
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof ReferenceError ? 'has too many aliases' : 'cannot be read: it is nested too deeply';
    throw new ConfigError([{ source: name, key: '', message }], error);
  }
  const start = (node: unknown): { line: number; column: number } | undefined => {
    const range = isNode(node) ? (node as Node).range : undefined;
    return range == null ? undefined : at(range[0]);
  };
  const pairAt = (path: KeyPath): { readonly key: unknown; readonly value: unknown } | undefined => {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return undefined;
    return parent.items.find(
      (item) => isPair(item) && String((item.key as { value?: unknown })?.value ?? item.key) === String(path.at(-1)),
    );
  };
  const locate = (path: KeyPath): { line: number; column: number } => {
    for (let length = path.length; length > 0; length--) {
      const found = start(document.getIn(path.slice(0, length), true)) ?? start(pairAt(path.slice(0, length))?.key);
      if (found !== undefined) return found;
    }
    return start(document.contents) ?? { line: 1, column: 1 };
  };
  return { name, data, locate, locateKey: (path) => start(pairAt(path)?.key) ?? locate(path) };
}
