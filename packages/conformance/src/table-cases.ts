import type { CaseTable } from './conformance-case.js';

/**
 * The cases of one JSON file of `numbers/`: every element of a list of records, and every other table as one case.
 * Scalars and tables of plain text (versions, notes) are annotations, not cases.
 */
export function tableCases(file: string, document: unknown): CaseTable[] {
  if (isRecordList(document)) return rows(file, '', document, document);
  if (!isRecord(document)) return [{ file, key: '', index: null, value: document, document }];
  const entries = Object.entries(document);
  if (!entries.some(([, value]) => isRecord(value) || isRecordList(value))) {
    return [{ file, key: '', index: null, value: document, document }];
  }
  return entries.flatMap(([key, value]): CaseTable[] => {
    if (isRecordList(value)) return rows(file, key, value, document);
    const isTable = Array.isArray(value) || (isRecord(value) && !Object.values(value).every((leaf) => typeof leaf === 'string'));
    return isTable ? [{ file, key, index: null, value, document }] : [];
  });
}

/** `numbers/FILE/KEY#n`. */
export function tableId({ file, key, index }: CaseTable): string {
  return `numbers/${file}${key === '' ? '' : `/${key}`}${index === null ? '' : `#${index}`}`;
}

function rows(file: string, key: string, list: readonly unknown[], document: unknown): CaseTable[] {
  return list.map((value, index) => ({ file, key, index, value, document }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecordList(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}
