import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderReport } from './render-report.js';
import type { ReportClassification, ReportData } from './report-data.js';

const HOSTILE = [
  '<script>document.title="ran"</script>',
  '"><img src=x onerror="document.title=\'ran\'">',
  "' onmouseover='document.title=1",
  '</title><script>document.title="ran"</script>',
  '</style><script>document.title="ran"</script>',
  '</pre><iframe src="https://example.org/">',
  '<svg onload=document.title="ran">',
  'javascript:document.title="ran"',
  '&lt;script&gt; is not &amp;',
  '\u202Egnp.exe\u202C right to left',
  '<!-- comment',
  ']]><b>',
  '<base href="https://example.org/">',
  '<meta http-equiv="refresh" content="0;url=https://example.org/">',
  '<link rel="stylesheet" href="https://example.org/x.css">',
  'a\'b"c&d<e>f',
];

const pixel = { mediaType: 'image/png', bytes: Uint8Array.of(1, 2, 3) } as const;

function reportOf(names: readonly string[]): ReportData {
  const name = (i: number): string => names[i % names.length] as string;
  const rows: ReportClassification[] = names.map((slide, i) => ({
    fold: 0,
    split: 'test',
    case: name(i + 1),
    slide,
    label: name(i % 2),
    prediction: name((i >> 1) % 2),
    probabilities: [0.25, 0.75],
  }));
  return {
    title: name(3),
    createdAt: '2026-01-01',
    facts: names.map((value) => ({ name: value, value })),
    folds: [
      {
        fold: 0,
        test: { [name(0)]: { value: 0.5, low: 0.25, high: 0.75 } },
        epochs: [{ epoch: 0, trainLoss: 1, metrics: { [name(1)]: 0.5 } }],
      },
    ],
    predictions: { task: 'classification', classes: [name(0), name(1)], rows },
    heatmaps: [{ slide: name(1), note: name(2), image: pixel, top: [{ image: pixel, x: 0, y: 0, score: 1 }], bottom: [] }],
    failures: names.map((message) => ({ item: message, code: message, message })),
    config: names.join('\n'),
    versions: Object.fromEntries(names.map((key) => [key, key])),
  };
}

describe('renderReport', () => {
  const html = renderReport(reportOf(HOSTILE));

  it('holds no element that could run or fetch', () => {
    const tags = new Set(Array.from(html.matchAll(/<([a-z!][\w-]*)/gi), ([, tag]) => tag!.toLowerCase()));
    for (const tag of ['script', 'iframe', 'object', 'embed', 'link', 'base', 'form', 'image', 'foreignobject', 'use', '!--'])
      expect(tags).not.toContain(tag);
    for (const [tag] of html.matchAll(/<[a-z][^>]*>/gi)) expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/\son\w+\s*=/i);
  });

  it('names no address outside the file', () => {
    const attributes = Array.from(html.matchAll(/<[a-z][^>]*?\s(src|href|action|data|poster)="([^"]*)"/gi), ([, , value]) => value!);
    expect(attributes.length).toBeGreaterThan(1);
    for (const value of attributes) expect(value).toMatch(/^data:image\/(png|jpeg);base64,/);
    expect(html.slice(html.indexOf('<style>'), html.indexOf('</style>'))).not.toMatch(/url\(|@import/);
  });

  it('forbids everything but pictures and styles of its own', () => {
    expect(html).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'`);
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<title>'));
  });

  it('has one section a part, in order, and leaves out what is not there', () => {
    const headings = (text: string): string[] => Array.from(text.matchAll(/<h2>([^<]*)<\/h2>/g), ([, heading]) => heading!);
    expect(headings(html)).toEqual([
      'Test results',
      'Predictions on the test set',
      'What the model looked at',
      'Training',
      'Slides',
      `Left out (${HOSTILE.length})`,
      'Run',
    ]);
    const bare = renderReport({
      ...reportOf(['a', 'b']),
      folds: [],
      heatmaps: [],
      failures: [],
      predictions: { task: 'survival', rows: [] },
    });
    expect(headings(bare)).toEqual(['Left out', 'Run']);
  });

  it('shows figures with their interval, and a dash for what is not defined', () => {
    const data = reportOf(['a', 'b']);
    const figures = renderReport({
      ...data,
      folds: [{ fold: 0, epochs: [], test: { auc: { value: 0.9753, low: 0.9, high: 1 }, kappa: { value: Number.NaN } } }],
    });
    expect(figures).toContain('<th scope="row">AUC</th><td class="num"><b>0.975</b> <span class="ci">(0.900–1.000)</span></td>');
    expect(figures).toContain('<th scope="row">Kappa</th><td class="num"><b>–</b></td>');
  });

  const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find((program) => spawnSync(program, ['--version']).status === 0);
  if (chromium === undefined) process.stderr.write('skipped: no chromium, so the report is not opened in a browser\n');

  it.skipIf(chromium === undefined)(
    'runs nothing in a browser and shows every name as it is',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'slidestream-report-'));
      try {
        const file = join(folder, 'report.html');
        writeFileSync(file, html);
        const flags = [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          `--user-data-dir=${folder}`,
          '--dump-dom',
          '--virtual-time-budget=2000',
        ];
        const { stdout } = spawnSync(chromium as string, [...flags, `file://${file}`], {
          encoding: 'utf8',
          timeout: 60_000,
          maxBuffer: 2 ** 26,
        });
        const decode = (text: string): string =>
          text
            .replaceAll('&lt;', '<')
            .replaceAll('&gt;', '>')
            .replaceAll('&quot;', '"')
            .replaceAll('&#39;', "'")
            .replaceAll('&nbsp;', '\u00a0')
            .replaceAll('&amp;', '&');
        const title = /<title>([^<]*)<\/title>/.exec(stdout)?.[1] ?? '';
        expect(decode(title)).toBe(HOSTILE[3]);
        const cells = Array.from(stdout.matchAll(/<bdi>([^<]*)<\/bdi>/g), ([, text]) => decode(text!));
        for (const name of HOSTILE) expect(cells).toContain(name);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    90_000,
  );
});
