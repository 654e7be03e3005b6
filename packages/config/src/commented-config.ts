import { stringify } from 'yaml';
import { runJsonSchema } from './json-schema.js';

/** What a new configuration says beside comments. */
export interface CommentedConfigOptions {
  readonly task: 'classification' | 'survival';
  readonly mode: 'end-to-end' | 'features';
  /** Slides and label table, as they are to stand in the file. */
  readonly slides: string;
  readonly labels: string;
}

interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** Widest line of a comment behind a key. */
const WIDTH = 140;

/**
 * A configuration to begin with: what must be said, and every other key as a comment with its default and what it means, from the
 * schema itself.
 */
export function commentedConfig(options: CommentedConfigOptions): string {
  const schema = runJsonSchema() as SchemaNode;
  const given: Readonly<Record<string, unknown>> = {
    task: options.task,
    mode: options.mode,
    data: { slides: options.slides, labels: options.labels },
  };
  const { $schema: _, ...properties } = schema.properties ?? {};
  return `${[...HEADER, ...linesOf(properties, given, '', false)].join('\n')}\n`;
}

const HEADER = [
  '# # A run of slidestream. Behind one # stand the defaults; behind two what is off, or has no default.',
  '# # Check it with `slidestream config check FILE`, and see what it would take with `slidestream plan -c FILE`.',
];

/** @param off - whether the group that these keys are in is off, so that nothing in it holds */
function linesOf(
  properties: Readonly<Record<string, SchemaNode>>,
  given: Readonly<Record<string, unknown>>,
  indent: string,
  off: boolean,
): string[] {
  return Object.entries(properties).flatMap(([key, node]) => {
    const value = given[key];
    if (node.properties !== undefined) {
      const set = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
      const inside = off || (set === undefined && (node.default === undefined || !showsDefaults(node)));
      return [
        remark(`${indent}${inside ? '# ' : ''}${key}:`, node.description, set === undefined),
        ...linesOf(node.properties, set ?? {}, `${indent}  `, inside),
      ];
    }
    if (value !== undefined) return [remark(`${indent}${key}: ${inline(value)}`, meaning(node), false)];
    const text = node.default === undefined ? `${key}:` : `${key}: ${inline(node.default)}`;
    return [remark(`${indent}${off || node.default === undefined ? '# ' : ''}${text}`, meaning(node), true)];
  });
}

/** Whether anything would stand in the group: an empty one is no group in YAML. */
function showsDefaults({ properties = {} }: SchemaNode): boolean {
  return Object.values(properties).some((node) => node.default !== undefined);
}

function meaning({ description, enum: choices }: SchemaNode): string | undefined {
  const listed = choices === undefined || choices.length === 1 ? undefined : choices.join(' | ');
  return [listed, description].filter((part) => part !== undefined).join('; ') || undefined;
}

/** `# ` stands at the beginning of the line, so that taking it away leaves the key where it belongs. */
function remark(text: string, description: string | undefined, asComment: boolean): string {
  const line = asComment ? `# ${text}` : text;
  if (description === undefined) return line;
  const room = WIDTH - line.length - 4;
  return `${line}  # ${description.length > room && room > 40 ? `${description.slice(0, room - 1)}…` : description}`;
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}
