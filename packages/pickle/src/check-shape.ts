import type { PickleValue } from './pickle-value.js';

/** Why a finished value is refused, `undefined` when it is fine. */
export type ShapeFault = 'cyclic' | 'too-deep' | 'too-large';

interface Frame {
  readonly value: object;
  readonly children: Iterator<PickleValue>;
  depth: number;
  size: number;
}

function children(value: object): Iterator<PickleValue> | undefined {
  if (Array.isArray(value)) return value[Symbol.iterator]();
  if (value instanceof Set) return value[Symbol.iterator]();
  if (value instanceof Map) return pairs(value);
  return undefined;
}

function* pairs(map: ReadonlyMap<PickleValue, PickleValue>): Generator<PickleValue> {
  for (const [key, value] of map) {
    yield key;
    yield value;
  }
}

/**
 * Whether a value can be walked by a simple recursive reader: no cycles, at most `maxDepth` deep, and at most `maxNodes` parts
 * when everything shared is counted as often as it is met (the "billion laughs" of pickle). Itself not recursive.
 */
export function shapeFault(root: PickleValue, maxDepth: number, maxNodes: number): ShapeFault | undefined {
  if (typeof root !== 'object' || root === null || root instanceof Uint8Array) return undefined;
  const first = children(root);
  if (first === undefined) return undefined;
  const done = new Map<object, { depth: number; size: number }>();
  const open = new Set<object>([root]);
  const stack: Frame[] = [{ value: root, children: first, depth: 1, size: 1 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as Frame;
    const next = top.children.next();
    if (next.done === true) {
      stack.pop();
      open.delete(top.value);
      done.set(top.value, { depth: top.depth, size: top.size });
      const parent = stack[stack.length - 1];
      if (parent !== undefined) {
        parent.depth = Math.max(parent.depth, top.depth + 1);
        parent.size += top.size;
        if (parent.size > maxNodes) return 'too-large';
        if (parent.depth > maxDepth) return 'too-deep';
      }
      continue;
    }
    const child = next.value;
    const inside = typeof child === 'object' && child !== null && !(child instanceof Uint8Array) ? children(child) : undefined;
    if (inside === undefined) {
      top.size += 1;
      if (top.size > maxNodes) return 'too-large';
      continue;
    }
    const node = child as object;
    if (open.has(node)) return 'cyclic';
    const known = done.get(node);
    if (known !== undefined) {
      top.depth = Math.max(top.depth, known.depth + 1);
      top.size += known.size;
      if (top.size > maxNodes) return 'too-large';
      if (top.depth > maxDepth) return 'too-deep';
      continue;
    }
    if (stack.length >= maxDepth) return 'too-deep';
    open.add(node);
    stack.push({ value: node, children: inside, depth: 1, size: 1 });
  }
  return undefined;
}
