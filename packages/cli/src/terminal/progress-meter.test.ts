import { describe, expect, it } from 'vitest';
import { createProgressMeter, describeProgress } from './progress-meter.js';

describe('describeProgress', () => {
  it('says count, share, rate, time left and what is at hand', () => {
    expect(describeProgress({ unit: 'tiles', done: 100, total: 400, current: 'case-1' }, 2.5)).toBe(
      'tiles 100/400 (25 %) 2.50/s, 2 min 0 s left, case-1',
    );
    expect(describeProgress({ unit: 'tiles', done: 100, total: null }, 0)).toBe('tiles 100');
  });
});

describe('createProgressMeter', () => {
  const run = (mode: 'line' | 'plain' | 'records' | 'none') => {
    let now = 0;
    let written = '';
    const meter = createProgressMeter(mode, (text) => (written += text), { now: () => now, columns: () => 40 });
    for (let i = 0; i <= 100; i++) {
      now = i * 500;
      meter.report({ unit: 'slides', done: i, total: 100 });
    }
    return written;
  };

  it('rewrites one line on a terminal, no longer than it is wide', () => {
    const lines = run('line').split('\r');
    expect(lines.length).toBeGreaterThan(50);
    for (const line of lines) expect(line.replace('\u001b[K', '').length).toBeLessThan(40);
  });

  it('writes a plain line now and then elsewhere, and always the last', () => {
    const lines = run('plain').trim().split('\n');
    expect(lines.length).toBeLessThan(10);
    expect(lines.at(-1)).toBe('slides 100/100 (100 %) 2.00/s');
  });

  it('writes records for programs, and nothing when quiet', () => {
    for (const line of run('records').trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ level: 'progress', unit: 'slides', total: 100 });
    expect(run('none')).toBe('');
  });
});
