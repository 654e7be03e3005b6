import { describe, expect, it } from 'vitest';
import { commentedConfig } from './commented-config.js';
import { parseConfig } from './load-config.js';
import { runSchema } from './run/run-schema.js';

const text = commentedConfig({ task: 'classification', mode: 'end-to-end', slides: '/s', labels: '/l.csv' });
const parse = (yaml: string) => parseConfig(yaml, '/run.yaml', runSchema).value;
const minimal = parse('task: classification\ndata: { slides: /s, labels: /l.csv }\n');

describe('commentedConfig', () => {
  it('is a configuration that says what it must and nothing else', () => {
    expect(parse(text)).toEqual(minimal);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length).toBe(5);
  });

  it('with the first # of every line taken away is the same one: what it shows are the defaults', () => {
    expect(parse(text.replaceAll(/^# /gm, ''))).toEqual(minimal);
  });

  it('names every key of the schema', () => {
    for (const key of [
      'name',
      'compat',
      'slides',
      'stores',
      'preset',
      'weights',
      'share',
      'bins',
      'clip',
      'bootstrap',
      'device',
      'heatmaps',
    ]) {
      expect(text).toMatch(new RegExp(`^(# )?\\s*(# )?${key}\\b`, 'm'));
    }
  });

  it('says task and mode as asked for', () => {
    const other = commentedConfig({ task: 'survival', mode: 'features', slides: 'my slides/#1', labels: 'l.csv' });
    expect(parse(other)).toMatchObject({ task: 'survival', mode: 'features', data: { slides: '/my slides/#1' } });
  });
});
