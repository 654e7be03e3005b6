import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { type CaseFile, caseKinds } from './conformance-case.js';
import { readJson } from './read-json.js';
import { tableCases, tableId } from './table-cases.js';

const NOT_CASES = /^(inventory\.json|ref_status\.json|index\.json|expected\.safetensors|.*_weights\.safetensors|\..*|README\.md)$/;

/**
 * Every case under `root`, in the order of ids, as vectors/README.md names them.
 *
 * @throws SlidestreamError `conformance/no-folder` when `root` cannot be read
 */
export async function findCases(root: string): Promise<CaseFile[]> {
  const folders = await list(root);
  const cases: CaseFile[] = [];
  for (const { name, folder } of folders) {
    if (!folder || name.startsWith('.')) continue;
    if (name === 'numbers') cases.push(...(await numberCases(root)));
    else if (name === 'files') cases.push(...(await payloadCases(root)));
    else cases.push(...(await namedCases(root, name)));
  }
  return cases;
}

/** `KIND/NAME`: one a stem that has a `.json`, a `.safetensors`, or both. */
async function namedCases(root: string, kind: string): Promise<CaseFile[]> {
  const known = (caseKinds as readonly string[]).includes(kind);
  const files = (await list(join(root, kind))).filter(({ name }) => !NOT_CASES.test(name));
  const stems = new Map<string, string[]>();
  for (const { name } of files) {
    const extension = extname(name);
    const stem = known && extension !== '.json' && extension !== '.safetensors' ? name : basename(name, extension);
    stems.set(stem, [...(stems.get(stem) ?? []), name]);
  }
  return [...stems].map(([stem, names]) => {
    const tensors = names.find((name) => name.endsWith('.safetensors'));
    const main = names.find((name) => name.endsWith('.json')) ?? (names[0] as string);
    return {
      id: `${kind}/${stem}`,
      kind,
      root,
      path: join(root, kind, main),
      tensorsPath: tensors === undefined ? null : join(root, kind, tensors),
      table: null,
    };
  });
}

/** `numbers/FILE/KEY#n`. */
async function numberCases(root: string): Promise<CaseFile[]> {
  const cases: CaseFile[] = [];
  for (const { name } of await list(join(root, 'numbers'))) {
    if (!name.endsWith('.json') || NOT_CASES.test(name)) continue;
    const path = join(root, 'numbers', name);
    for (const table of tableCases(basename(name, '.json'), await readJson(path))) {
      cases.push({ id: tableId(table), kind: 'numbers', root, path, tensorsPath: null, table });
    }
  }
  return cases;
}

/** `files/KIND/FILE`: payloads, not their expectations, nor LMDB's lock files. */
async function payloadCases(root: string): Promise<CaseFile[]> {
  const cases: CaseFile[] = [];
  for (const kind of await list(join(root, 'files'))) {
    if (!kind.folder) continue;
    const folder = join(root, 'files', kind.name);
    const names = (await list(folder)).map(({ name }) => name).filter((name) => !NOT_CASES.test(name) && !/(-lock|\.lock)$/.test(name));
    for (const name of names) {
      const sibling = `${basename(name, extname(name))}.safetensors`;
      const isExpectation =
        name === sibling && names.some((other) => other !== name && `${basename(other, extname(other))}.safetensors` === name);
      if (isExpectation) continue;
      const expectation = names.includes(sibling) && sibling !== name ? join(folder, sibling) : null;
      const id = `files/${kind.name}/${name}`;
      cases.push({ id, kind: 'files', root, path: join(folder, name), tensorsPath: expectation, table: null });
    }
  }
  return cases;
}

async function list(folder: string): Promise<{ name: string; folder: boolean }[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new SlidestreamError({
      code: 'conformance/no-folder',
      category: 'io',
      message: 'the folder of golden vectors cannot be read',
      where: { file: folder },
      hint: 'Give a folder laid out as vectors/README.md says',
      cause,
    });
  }
}
