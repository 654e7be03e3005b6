import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LabelTableOptions, parseLabelTable, readLabelTable, slideIdOf } from './index.js';

const parse = (text: string, options: LabelTableOptions = {}) => parseLabelTable(text, { source: 't.csv', ...options });
/** The rows without their lines. */
const rows = (text: string, options?: LabelTableOptions) => parse(text, options).rows.map(({ line, ...row }) => row);

describe('the columns of a label table', () => {
  it('are ours: case, slide, label, split', () => {
    expect(rows('case,slide,label,split\nP1,S1,tumor,train\nP1,S2,normal,TEST\n')).toEqual([
      { case: 'P1', slide: 'S1', label: 'tumor', split: 'train' },
      { case: 'P1', slide: 'S2', label: 'normal', split: 'test' },
    ]);
  });

  it('may be the reference’s two columns, where each slide is its own case', () => {
    expect(rows('ID,Label\nS1,IDC\n')).toEqual([{ case: 'S1', slide: 'S1', label: 'IDC' }]);
  });

  it('may be the reference’s survival table, several slides to a line', () => {
    expect(rows('Study,ID,Event,Status,WSI,RNA,Label,Split\nT,P1,14.5,0,a.1.pt;a.2.pt,x,3,val\n')).toEqual([
      { case: 'P1', slide: 'a.1', label: '3', split: 'val', time: 14.5, event: 0 },
      { case: 'P1', slide: 'a.2', label: '3', split: 'val', time: 14.5, event: 0 },
    ]);
  });

  it('may be STAMP’s two tables', () => {
    const slideTable = { text: 'PATIENT,FILENAME\nP1,a.h5\nP1,b.h5\nP2,c.h5\n', source: 's.csv' };
    expect(rows('PATIENT\tKRAS\nP1\tmut\nP2\twt\n', { slideTable })).toEqual([
      { case: 'P1', slide: 'a', label: 'mut' },
      { case: 'P1', slide: 'b', label: 'mut' },
      { case: 'P2', slide: 'c', label: 'wt' },
    ]);
    expect(() => rows('PATIENT,KRAS\nP9,mut\n', { slideTable })).toThrow('t.csv:2:1: case P9 has no slide in the slide table');
  });

  it('may be nnMIL’s, for classes and survival', () => {
    expect(rows('slide_id,patient_id,split,label\nS,P,train,1\n')).toEqual([{ case: 'P', slide: 'S', label: '1', split: 'train' }]);
    expect(rows('slide_id,patient_id,split,event,time\nS,P,train,1.0,3\n')).toMatchObject([{ event: 1, time: 3 }]);
  });

  it('may be MIL_BASELINE’s blocks, padded with blanks', () => {
    const header = 'train_slide_path,train_slide_label,val_slide_path,val_slide_label,test_slide_path,test_slide_label';
    expect(
      rows(`${header}\n/x/a.pt,0,/x/b.pt,1,/x/c.pt,0\n/x/d.pt,1,,,,\n`).map(({ slide, label, split }) => [slide, label, split]),
    ).toEqual([
      ['a', '0', 'train'],
      ['d', '1', 'train'],
      ['b', '1', 'val'],
      ['c', '0', 'test'],
    ]);
  });

  it('may be Patho-Bench’s, where a fold is chosen', () => {
    const text = 'case_id\tslide_id\tgrade\tfold_0\tfold_1\nP1\tS1\t2\ttrain\ttest\n';
    expect(rows(text, { fold: 1 })).toEqual([{ case: 'P1', slide: 'S1', label: '2', split: 'test' }]);
    expect(rows(text)).toEqual([{ case: 'P1', slide: 'S1', label: '2' }]);
  });

  it('may count folds', () => {
    expect(rows('slide,label,fold\nS1,a,0\nS2,b,3\n').map((row) => row.fold)).toEqual([0, 3]);
  });

  it('may say which cases are censored', () => {
    expect(rows('case_id,slide_id,survival_months,censorship\nP,S.svs,24.11,1\n')).toMatchObject([{ slide: 'S', time: 24.11, event: 0 }]);
  });

  it('are told where names do not say', () => {
    expect(rows('wer;was;wozu\nP;S;x\n', { columns: { case: 'wer', slide: 'was', label: 'wozu' } })).toEqual([
      { case: 'P', slide: 'S', label: 'x' },
    ]);
  });
});

describe('the task of a table', () => {
  const both = 'case,slide,label,time,event,cv\nP,S,x,3,1,2\n';

  it('is survival when there are times, unless it is told', () => {
    expect(parse(both).task).toBe('survival');
    expect(rows(both, { task: 'classification' })).toEqual([{ case: 'P', slide: 'S', label: 'x' }]);
    expect(() => parse('slide,label\nS,x\n', { task: 'survival' })).toThrow('t.csv:1: no column holds times');
  });

  it('may have folds in a column that is told', () => {
    expect(rows(both, { task: 'classification', columns: { fold: 'cv' } })).toMatchObject([{ fold: 2 }]);
    expect(() => rows(both, { columns: { fold: 'cv', split: 'cv' } })).toThrow('either a split or a fold column can be told');
  });
});

describe('a table that cannot be used', () => {
  const refused: [string, string, string, LabelTableOptions?][] = [
    ['has no ids', 'a,b\n1,2\n', 't.csv:1: no column holds slide or case ids; the header is a, b'],
    [
      'has two candidates for the label',
      'patient,slide,sex,stage\nP,S,f,2\n',
      't.csv:1: no column is named label, and any of "sex", "stage" could be it',
    ],
    ['has no such column', 'slide,label\nS,1\n', 't.csv:1: no column "grade" for the label', { labelColumn: 'grade' }],
    ['has times without events', 'slide,time\nS,1\n', 't.csv:1: column "time" holds times, but none says whether the event was observed'],
    ['lacks a label', 'slide,label\nS1,a\nS2,\n', 't.csv:3:4: no label'],
    ['has an unknown split', 'slide,label,split\nS1,a,tset\n', 't.csv:2:6: split "tset" is none of train, val, test and no fold number'],
    ['has a time that is no number', 'slide,time,event\nS1,"1,5",1\n', 't.csv:2:4: time "1,5" is no number'],
    ['has a negative time', 'slide,time,event\nS1,-1,1\n', 't.csv:2:4: time "-1" is negative'],
    ['has an event that is neither', 'slide,time,event\nS1,1,2\n', 't.csv:2:6: event "2" is neither 0 nor 1'],
    ['lists a slide twice', 'slide,label\nS1,a\nS2,b\nS1.svs,a\n', 't.csv:4:1: slide S1 is listed before, on line 2'],
    ['contradicts itself', 'slide,label\nS1,a\nS1,b\n', 't.csv:3:1: slide S1 is listed otherwise on line 2'],
    [
      'contradicts itself on an outcome',
      'case,slide,time,event\nP,S1,1,1\nP,S2,2,1\n',
      't.csv:3:1: case P has another time or event on line 2',
    ],
    [
      'has a class that is not in the list',
      'slide,label\nS1,LUAD\nS2,LUSQ\n',
      't.csv: label "LUSQ" is none of LUAD, LUSC',
      { classes: ['LUAD', 'LUSC'] },
    ],
    ['is ragged', 'slide,label\nS1,a,b\n', 't.csv:2:1: 3 fields where the first line has 2'],
    ['names a column twice', 'slide,label,label\nS1,a,b\n', 't.csv:1: column "label" occurs twice'],
    ['is empty', 'slide,label\n', 't.csv: the table has no rows'],
    ['is a spreadsheet', 'PK\u0003\u0004', 't.csv: this is a zip file (Excel?), not text. Save the sheet as CSV'],
    ['is binary', 'slide\0', 't.csv: holds NUL characters'],
    ['has an open quote', 'slide,label\n"S1,a\n', 't.csv:2'],
  ];

  it.each(refused)('is refused when it %s', (_, text, message, options) => {
    expect(() => parse(text, options)).toThrow(message);
  });

  it('has rows left out on request, and lists them', () => {
    const table = parse('slide,label\nS1,a\nS2,\nS3,NA\n', { missing: 'drop' });
    expect(table.rows).toHaveLength(1);
    expect(table.dropped).toEqual([
      { line: 3, slide: 'S2', reason: 'no label' },
      { line: 4, slide: 'S3', reason: 'no label' },
    ]);
    expect(() => parse('slide,label\nS1,\n', { missing: 'drop' })).toThrow('no row is left');
  });
});

describe('places in a table', () => {
  it('count lines over quoted line ends, blank lines and Windows ends', () => {
    const text = '\uFEFFslide,label\r\n"S\n1",a\r\n\r\nS2,\r\n';
    expect(() => parse(text)).toThrow('t.csv:5:4: no label');
    expect(parse('slide,label\n"S\n1",a\n\n"S,2",b\n').rows.map((row) => [row.slide, row.line])).toEqual([
      ['S\n1', 2],
      ['S,2', 5],
    ]);
  });
});

describe('blanks', () => {
  it('around a field do not count, nor does an empty first field in a tab-separated table move the others', () => {
    expect(parse('slide , label\n S1 , a b \n').rows).toMatchObject([{ slide: 'S1', label: 'a b' }]);
    expect(parse('index\tslide\tlabel\n\tS1\ta\n').rows).toMatchObject([{ slide: 'S1', label: 'a' }]);
    expect(() => parse('index\tslide\tlabel\n\tS1\t\n')).toThrow('t.csv:2:5: no label');
  });
});

describe('classes', () => {
  it('are ordered by value when they are numbers, else by code units', () => {
    expect(parse('slide,label\na,10\nb,9\nc,0\n').classes).toEqual(['0', '9', '10']);
    expect(parse('slide,label\na,b\nb,B\nc,a\n').classes).toEqual(['B', 'a', 'b']);
  });

  it('are in the order of the caller, also those that do not occur', () => {
    expect(parse('slide,label\na,x\n', { classes: ['z', 'x'] }).classes).toEqual(['z', 'x']);
  });
});

it('slideIdOf(name) keeps dots that are part of the id', () => {
  const names = ['TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF-D8FB.svs', 'C:\\slides\\a.ome.tif', '/x/y/b.pt', 'plain', 'TCGA.1'];
  expect(names.map(slideIdOf)).toEqual(['TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF-D8FB', 'a', 'b', 'plain', 'TCGA.1']);
});

it('readLabelTable(path) says that a file is not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'labels-'));
  await writeFile(join(folder, 'a.csv'), 'slide,label\nS,x\n');
  expect(await readLabelTable(join(folder, 'a.csv'))).toMatchObject({ source: join(folder, 'a.csv'), task: 'classification' });
  await expect(readLabelTable(join(folder, 'b.csv'))).rejects.toThrow(expect.objectContaining({ code: 'io/not-found' }));
  await rm(folder, { recursive: true });
});
