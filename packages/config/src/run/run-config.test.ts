import { describe, expect, it } from 'vitest';
import { ConfigError, describeIssue } from '../config-error.js';
import { runJsonSchema } from '../json-schema.js';
import { parseConfig } from '../load-config.js';
import { checkChoices } from './load-run-config.js';
import { checkRun, runSchema } from './run-schema.js';

const minimal = 'task: classification\ndata:\n  slides: slides\n  labels: labels.csv\n';

function parse(text: string, set: readonly string[] = []) {
  return parseConfig(text, '/work/run.yaml', runSchema, { set, cwd: '/cwd', check: checkRun });
}

/** Every issue as it is printed. */
function issuesOf(text: string, set: readonly string[] = []): string[] {
  try {
    parse(text, set);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(describeIssue);
    throw error;
  }
  return [];
}

describe('a run that fits', () => {
  it('fills in every default', () => {
    const { value } = parse(minimal);
    expect(value).toMatchObject({
      task: 'classification',
      mode: 'end-to-end',
      seed: 2021,
      encoder: { name: 'r18', frozen: false },
      head: { name: 'abmilx' },
      tiling: { scales: [{ name: 'high', mpp: 0.5, tileSizePx: 256 }] },
      training: { epochs: 50, batchSize: 1, optimiser: { name: 'adamw', learningRate: 2e-4, weightDecay: 1e-5 }, schedule: 'cosine' },
      evaluation: { bootstrap: 1000, confidence: 0.95 },
    });
  });

  it('takes paths as relative to the file, and to the working directory in --set', () => {
    const { value, sourceOf } = parse(`${minimal}encoder:\n  weights: ../w.safetensors\n`, ['data.labels=other.csv', 'training.epochs=5']);
    expect(value.data.slides).toBe('/work/slides');
    expect(value.data.labels).toBe('/cwd/other.csv');
    expect(value.encoder.weights).toBe('/w.safetensors');
    expect(value.training.epochs).toBe(5);
    expect(sourceOf(['data', 'slides'])).toBe('/work/run.yaml:3:11');
    expect(sourceOf(['data', 'labels'])).toBe('--set data.labels=other.csv');
    expect(sourceOf(['seed'])).toBe('default');
  });

  it('resolves paths in lists, by scale, and in a union', () => {
    const { value } = parse(
      'task: survival\nmode: features\ndata:\n  slides: [a, b.csv]\n  labels: l.csv\n  stores: { high: h.lmdb, low: ../l.lmdb }\n',
    );
    expect(value.data.slides).toEqual(['/work/a', '/work/b.csv']);
    expect(value.data.stores).toEqual({ high: '/work/h.lmdb', low: '/l.lmdb' });
  });

  it('keeps the options of the head beside its name', () => {
    expect(parse(`${minimal}head: { name: abmil, inner_dim: 128 }\n`).value.head).toEqual({ name: 'abmil', inner_dim: 128 });
  });

  it('can be written and read back', () => {
    const config = parse(minimal, ['training.ema.decay=0.99']);
    expect(parse(config.toYaml()).value).toEqual(config.value);
  });
});

describe('a run that does not fit', () => {
  it('says everything at once, each with line, column, key, and what was meant', () => {
    const text = [
      'task: clasification',
      'data:',
      '  slide: slides',
      '  labels: labels.csv',
      'training:',
      '  epochs: 0',
      '  optimizer:',
      '    name: adamw',
      '  schedule: cosin',
      'tilling: {}',
      'store:',
      '  quality: high',
      '',
    ].join('\n');
    expect(issuesOf(text)).toMatchInlineSnapshot(`
      [
        "/work/run.yaml:1:7 task: must be one of classification, survival, got "clasification". Did you mean "classification"?",
        "/work/run.yaml:3:3 data.slide: unknown key. Did you mean "slides"?",
        "/work/run.yaml:12:12 store.quality: must be a number, got "high"",
        "/work/run.yaml:6:11 training.epochs: must be at least 1, got 0",
        "/work/run.yaml:9:13 training.schedule: must be one of cosine, step, constant, got "cosin". Did you mean "cosine"?",
        "/work/run.yaml:7:3 training.optimizer: unknown key. Did you mean "optimiser"?",
        "/work/run.yaml:10:1 tilling: unknown key. Did you mean "tiling"?",
      ]
    `);
  });

  it('names the --set that is at fault', () => {
    expect(issuesOf(minimal, ['training.epochs=none', 'training.epoch=3'])).toEqual([
      '--set training.epochs=none training.epochs: must be a number, got "none"',
      '--set training.epoch=3 training.epoch: unknown key. Did you mean "epochs"?',
    ]);
    expect(issuesOf(minimal, ['task.x=1'])[0]).toContain('is a single value and has no keys');
    expect(issuesOf(minimal, ['seed.x=1'])).toEqual(['--set seed.x=1 seed: must be a number, got {"x":1}']);
    expect(issuesOf(minimal, ['seed'])[0]).toContain('is not of the form key.subkey=value');
  });

  it.each([
    ['missing data', 'task: classification\n', '/work/run.yaml:1:1 data: is missing'],
    ['no source', 'task: classification\ndata:\n  labels: l.csv\n', '3:3 data: needs one of slides, stores, features, bags'],
    ['no labels', 'task: classification\ndata: { slides: s }\n', 'data: needs labels'],
    [
      'a scale given twice',
      `${minimal}tiling:\n  scales:\n    - { mpp: 0.5, level: 1 }\n`,
      '7:7 tiling.scales.0: needs exactly one of mpp, magnification, level',
    ],
    ['two scales of one name', `${minimal}tiling: { scales: [{ mpp: 1 }, { mpp: 2 }] }\n`, 'tiling.scales.1.name: "high" is there twice'],
    [
      'an unknown scale',
      `${minimal}sampling: { count: 8, share: { lwo: 0.5 } }\n`,
      '5:37 sampling.share.lwo: is no scale of this run (high)',
    ],
    [
      'a warm-up too long',
      `${minimal}training: { epochs: 3, warmupEpochs: 3 }\n`,
      'training.warmupEpochs: must be less than training.epochs (3)',
    ],
    ['a teacher without ema', `${minimal}evaluation: { weights: teacher }\n`, 'evaluation.weights: teacher needs training.ema'],
    ['a metric of the other task', `${minimal}training: { selectBy: cIndex }\n`, 'training.selectBy: cIndex is a metric of survival'],
    [
      'no number',
      `${minimal}training: { optimiser: { learningRate: fast } }\n`,
      'training.optimiser.learningRate: must be a number, got "fast"',
    ],
    ['a wrong crop', `${minimal}augment: { crop: { sizePx: 0 } }\n`, '5:28 augment.crop.sizePx: must be at least 1, got 0'],
    ['a wrong kind of colour', `${minimal}augment: { colour: { kind: hue } }\n`, 'augment.colour.kind'],
  ])('%s', (_, text, expected) => {
    expect(issuesOf(text).join('\n')).toContain(expected);
  });

  it('checks names and the options of heads against what there is', () => {
    const heads = { abmil: { type: 'object', properties: { inner_dim: { type: 'integer', minimum: 1 }, dropout: { type: 'number' } } } };
    const check = (head: string, encoder = 'r18') =>
      checkChoices(parse(`${minimal}head: ${head}\nencoder: { name: ${encoder} }\n`).value, { encoders: ['r18', 'r50'], heads }).map(
        ({ path, message, hint }) => `${path.join('.')}: ${message}. ${hint}`,
      );
    expect(check('{ name: abmil, inner_dim: 64 }')).toEqual([]);
    expect(check('{ name: abmill }')).toEqual(['head.name: there is no head "abmill"; known: abmil. Did you mean "abmil"?']);
    expect(check('{ name: abmil }', 'r81')).toEqual(['encoder.name: there is no encoder "r81"; known: r18, r50. Did you mean "r18"?']);
    expect(check('{ name: abmil, inerdim: 3, dropout: x }')).toEqual([
      'head.dropout: must be a number, got "x". undefined',
      'head.inerdim: unknown key. Did you mean "inner_dim"?',
    ]);
  });
});

describe('YAML that is refused as such', () => {
  const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}\n`;
  it.each([
    ['a duplicate key', 'task: a\ntask: b\n', ':2:1'],
    ['a broken flow', 'task: [a\n', ':'],
    ['tabs as indentation', 'data:\n\tslides: a\n', ':2:1'],
    ['an unknown tag', 'task: !!js/function x\n', ':1:7'],
    ['an alias bomb', bomb, 'too many aliases'],
    ['deep nesting', `a: ${'['.repeat(100_000)}`, 'run.yaml'],
    ['deep nesting that is closed', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'nested too deeply'],
    ['several documents', 'task: a\n---\ntask: b\n', ':2:1'],
    ['a huge text', `a: ${'x'.repeat(1_000_001)}`, 'larger than a megabyte'],
  ])('%s', (_, text, expected) => {
    expect(issuesOf(text).join('\n')).toContain(expected);
  });

  it('does not let a key become a prototype', () => {
    expect(issuesOf(`${minimal}__proto__: { polluted: true }\n`).join()).toContain('__proto__: unknown key');
    expect(issuesOf(minimal, ['__proto__.polluted=true']).join()).toContain('__proto__ is no key');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('runJsonSchema', () => {
  it('is draft-07, closed, and describes what it names', () => {
    const schema = runJsonSchema() as {
      $schema: string;
      additionalProperties: unknown;
      required: string[];
      properties: Record<string, { description?: string }>;
    };
    expect(schema.$schema).toContain('draft-07');
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['task', 'data']);
    expect(schema.properties.training?.description).toBe('training');
    expect(JSON.stringify(schema)).not.toContain('file-path":false');
  });
});
