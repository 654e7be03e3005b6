/** Heads for which there are no golden numbers, against their papers' formulas written out in plain arithmetic. */
import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { toStateDict } from '@slidestream/tensors';
import { drawn, expectClose } from '@slidestream/tensors/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { alibiSlopes } from './distance-bias.js';
import { type HeadChoice, type HeadInput, heads, type MilHead } from './index.js';

await startEngine();

type Vector = number[];
type Matrix = Vector[];

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const plus = (a: Vector, b: Vector): Vector => a.map((value, i) => value + (b[i] as number));
const times = (a: Vector, b: Vector | number): Vector => a.map((value, i) => value * (typeof b === 'number' ? b : (b[i] as number)));
const total = (rows: Matrix): Vector => rows.reduce(plus);
const softmax = (x: Vector): Vector => {
  const raised = x.map((value) => Math.exp(value - Math.max(...x)));
  return times(raised, 1 / raised.reduce((a, b) => a + b));
};
const weightedSum = (weights: Vector, rows: Matrix): Vector => total(rows.map((row, i) => times(row, weights[i] as number)));
const relu = (x: Vector): Vector => x.map((value) => Math.max(0, value));
const leaky = (x: Vector): Vector => x.map((value) => (value > 0 ? value : 0.01 * value));
const sigmoid = (x: Vector): Vector => x.map((value) => 1 / (1 + Math.exp(-value)));
const silu = (x: Vector): Vector => times(x, sigmoid(x));
const tanh = (x: Vector): Vector => x.map(Math.tanh);
/** Abramowitz and Stegun 7.1.26 is too rough: the error function by its series. */
const erf = (x: number): number => {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
const gelu = (x: Vector): Vector => x.map((value) => 0.5 * value * (1 + erf(value / Math.SQRT2)));
const crossEntropy = (logits: Vector, label: number): number => -Math.log(softmax(logits)[label] as number);
const cosine = (a: Vector, b: Vector): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** A head with random biases, its weights by name, and one bag. */
async function setUp(choice: HeadChoice, instances: number) {
  const head = heads.build(choice, { inputDim: 5, classes: 3 }, randomStream('paper', choice.name));
  for (const [name, { variable }] of head.named()) {
    // Zero biases and unit norms would hide mistakes.
    if (/bias|latent|\.S$/.test(name)) variable.assign(drawn(randomStream('bias', name), variable.shape) as never);
  }
  const weights = await toStateDict(head);
  const data = (name: string): number[] => {
    const record = weights.get(name);
    if (record === undefined) throw new Error(`no ${name} among ${[...weights.keys()].join(', ')}`);
    return Array.from(record.data as Float32Array);
  };
  const matrix = (name: string): Matrix => {
    const shape = weights.get(name)?.shape as number[];
    const width = shape.at(-1) as number;
    return Array.from({ length: data(name).length / width }, (_, row) => data(name).slice(row * width, (row + 1) * width));
  };
  const linear = (name: string, x: Vector): Vector => {
    const product = matrix(`${name}.weight`).map((row) => dot(row, x));
    return weights.has(`${name}.bias`) ? plus(product, data(`${name}.bias`)) : product;
  };
  const layerNorm = (name: string, x: Vector): Vector => {
    const mean = x.reduce((a, b) => a + b) / x.length;
    const centred = x.map((value) => value - mean);
    const scaled = times(centred, 1 / Math.sqrt(dot(centred, centred) / x.length + 1e-5));
    return plus(times(scaled, data(`${name}.weight`)), data(`${name}.bias`));
  };
  const features = drawn(randomStream('bag', choice.name), [1, instances, 5]) as tf.Tensor3D;
  const bag = tf.squeeze(features, [0]).arraySync() as Matrix;
  return { head, weights, data, matrix, linear, layerNorm, features, bag };
}

function outputOf(head: MilHead, input: HeadInput, training = false) {
  const output = head.forward(input, { training, random: randomStream('step') });
  return {
    logits: Array.from(output.logits.dataSync()),
    attention: Array.from(output.attention.dataSync()),
    auxiliaryLoss: output.auxiliaryLoss?.dataSync()[0] ?? null,
  };
}

describe('wikg', () => {
  it.each([
    ['bi-interaction', 'none', 3],
    ['gcn', 'reference', 2],
    ['sage', 'none', 20],
  ] as const)('with %s, compat %s and %i neighbours is the graph of its paper', async (aggregation, compat, neighbours) => {
    const { head, linear, layerNorm, features, bag } = await setUp({ name: 'wikg', innerDim: 6, aggregation, compat, neighbours }, 9);
    const own = bag.map((x) => leaky(linear('_fc1.0', x)));
    const mean = times(total(own), 1 / own.length);
    const mixed = own.map((x) => times(plus(x, mean), 0.5));
    const [h, t] = [mixed.map((x) => linear('W_head', x)), mixed.map((x) => linear('W_tail', x))];
    const nodes = h.map((hi) => {
      const all = t.map((tj) => dot(hi, tj) / Math.sqrt(6));
      const order = all.map((_, j) => j).sort((a, b) => (all[b] as number) - (all[a] as number));
      const near = order.slice(0, neighbours);
      const share = softmax(near.map((j) => all[j] as number));
      const scores = near.map((j, place) => {
        const tail = t[j] as Vector;
        const p = share[place] as number;
        const gate = tanh(plus(hi, plus(times(tail, p), times(hi, 1 - p))));
        const sum = (x: Vector): number => x.reduce((a, b) => a + b);
        return compat === 'reference' ? sum(tail) * sum(gate) : dot(tail, gate);
      });
      const around = weightedSum(
        softmax(scores),
        near.map((j) => t[j] as Vector),
      );
      if (aggregation === 'sage') return leaky(linear('linear', [...hi, ...around]));
      if (aggregation === 'gcn') return leaky(linear('linear', plus(hi, around)));
      return plus(leaky(linear('linear1', plus(hi, around))), leaky(linear('linear2', times(hi, around))));
    });
    const attention = softmax(nodes.map((x) => linear('readout.gate_nn.2', leaky(linear('readout.gate_nn.0', x)))[0] as number));
    const logits = linear('fc', layerNorm('norm', weightedSum(attention, nodes)));
    const found = outputOf(head, { features });
    expectClose(found.logits, logits, 1e-4, 'logits');
    expectClose(found.attention, attention, 1e-5, 'attention');
  });
});

describe('ilra', () => {
  it.each([
    [1, 1, false],
    [4, 3, true],
  ])('of rank %i with %i seeds, layer norms %s, is the low-rank interaction of its paper', async (rank, seeds, norms) => {
    const choice = { name: 'ilra', innerDim: 6, heads: 2, rank, seeds, layerNorm: norms };
    const { head, data, matrix, linear, layerNorm, features, bag } = await setUp(choice, 7);
    let attention: Matrix = [];
    const attend = (name: string, queries: Matrix, keys: Matrix, gated: boolean): Matrix => {
      const inProjection = (part: number, x: Vector): Vector =>
        matrix(`${name}.multihead_attn.in_proj_weight`)
          .slice(part * 6, part * 6 + 6)
          .map((row, i) => dot(row, x) + (data(`${name}.multihead_attn.in_proj_bias`)[part * 6 + i] as number));
      const norm = (which: string, x: Vector): Vector => (norms ? layerNorm(`${name}.${which}`, x) : x);
      const k = keys.map((x) => inProjection(1, linear(`${name}.fc_k`, x)));
      const v = keys.map((x) => inProjection(2, linear(`${name}.fc_v`, x)));
      const weights: Matrix[] = [];
      const out = queries.map((query) => {
        const projected = linear(`${name}.fc_q`, query);
        const q = inProjection(0, projected);
        const ofHeads = [0, 3].map((from) => {
          const part = (x: Vector): Vector => x.slice(from, from + 3);
          return softmax(k.map((key) => dot(part(q), part(key)) / Math.sqrt(3)));
        });
        weights.push(ofHeads);
        const joined = ofHeads.flatMap((w, i) =>
          weightedSum(
            w,
            v.map((x) => x.slice(3 * i, 3 * i + 3)),
          ),
        );
        const first = norm('ln0', plus(projected, linear(`${name}.multihead_attn.out_proj`, joined)));
        const second = norm('ln1', plus(first, relu(linear(`${name}.fc_o`, first))));
        return gated ? times(second, silu(linear(`${name}.gate.0`, query))) : second;
      });
      attention = [0, 1].map((i) => times(total(weights.map((ofHeads) => ofHeads[i] as Vector)), 1 / weights.length));
      return out;
    };
    let x = bag;
    for (const block of ['gab_blocks.0', 'gab_blocks.1']) {
      const latent = attend(`${block}.project_forward`, matrix(`${block}.latent`), x, true);
      x = attend(`${block}.project_backward`, x, latent, true);
    }
    const pooled = attend('pooling.mha', matrix('pooling.S'), x, false);
    const logits = times(total(pooled.map((each) => linear('classifier', each))), 1 / pooled.length);
    const found = outputOf(head, { features });
    expectClose(found.logits, logits, 1e-3, 'logits');
    expectClose(found.attention, attention.flat(), 1e-4, 'attention');
  });
});

describe('acmil', () => {
  const choice = { name: 'acmil', innerDim: 6, branches: 3 };

  it.each([0, 4])('with %i instances that may be masked has the losses of its paper', async (topInstances) => {
    const { head, linear, features, bag } = await setUp({ ...choice, topInstances, maskRate: 0.5 }, 8);
    const x = bag.map((row) => relu(linear('dimreduction.fc1', row)));
    const scores = x.map((row) =>
      linear(
        'attention.attention_weights',
        times(tanh(linear('attention.attention_V.0', row)), sigmoid(linear('attention.attention_U.0', row))),
      ),
    );
    const branches = [0, 1, 2].map((k) => scores.map((row) => row[k] as number));
    const check = (attention: Matrix, found: ReturnType<typeof outputOf>): void => {
      const pooled = weightedSum(times(total(attention), 1 / 3), x);
      expectClose(found.logits, linear('Slide_classifier.fc', pooled), 1e-5, 'logits');
      if (found.auxiliaryLoss === null) return;
      const own = attention.map((weights, k) => crossEntropy(linear(`classifier.${k}.fc`, weightedSum(weights, x)), 1));
      const [a, b, c] = attention as [Vector, Vector, Vector];
      const alike = (cosine(a, b) + cosine(a, c) + cosine(b, c)) / 3;
      expect(found.auxiliaryLoss).toBeCloseTo(own.reduce((sum, loss) => sum + loss) / 3 + alike, 4);
    };
    check(branches.map(softmax), outputOf(head, { features }));

    const labels = tf.tensor1d([1], 'int32');
    const trained = outputOf(head, { features, labels }, true);
    const attention = [0, 1, 2].map((k) => trained.attention.slice(8 * k, 8 * k + 8));
    expect(trained.auxiliaryLoss).not.toBeNull();
    for (const [k, weights] of attention.entries()) {
      const masked = weights.flatMap((weight, n) => (weight === 0 ? [n] : []));
      expect(masked).toHaveLength(topInstances / 2);
      const branch = branches[k] as Vector;
      const best = branch.map((_, n) => n).sort((i, j) => (branch[j] as number) - (branch[i] as number));
      expect(best.slice(0, topInstances)).toEqual(expect.arrayContaining(masked));
      expectClose(weights, softmax(branch.map((score, n) => (masked.includes(n) ? score - 1e9 : score))), 1e-5, 'attention');
    }
    check(attention, trained);
  });

  it('masks other instances in another step', async () => {
    const { head, features } = await setUp({ ...choice, topInstances: 8, maskRate: 0.5 }, 40);
    const attentionOf = (seed: number) => head.forward({ features }, { training: true, random: randomStream(seed) }).attention.dataSync();
    expect(attentionOf(1)).toEqual(attentionOf(1));
    expect(attentionOf(1)).not.toEqual(attentionOf(2));
  });
});

describe('transformer-alibi', () => {
  it.each(['fixed', 'learned'] as const)('with %s slopes lets attention fall with distance', async (slopes) => {
    const choice = { name: 'transformer-alibi', innerDim: 8, heads: 2, layers: 2, slopes };
    const { head, data, linear, layerNorm, features, bag } = await setUp(choice, 6);
    const places: Matrix = [
      [0, 0],
      [3, 4],
      [1, 0],
      [7, 7],
      [2, 5],
      [0, 9],
    ];
    const slopeOf = (layer: number, h: number): number =>
      slopes === 'fixed' ? (alibiSlopes(2)[h] as number) : (data(`layers.${layer}.slopes`)[h] as number);
    let tokens: Matrix = [data('cls_token'), ...bag.map((x) => gelu(linear('feature.0', x)))];
    let attention: Matrix = [];
    for (const layer of [0, 1]) {
      const name = `layers.${layer}`;
      const qkv = tokens.map((x) => linear(`${name}.attn.qkv`, layerNorm(`${name}.norm`, x)));
      const weights = [0, 1].map((h) =>
        qkv.map((row, i) => {
          const q = row.slice(4 * h, 4 * h + 4);
          const logits = qkv.map((other, j) => {
            const [a, b] = [places[i - 1], places[j - 1]];
            const distance =
              a === undefined || b === undefined ? 0 : Math.hypot((a[0] as number) - (b[0] as number), (a[1] as number) - (b[1] as number));
            return dot(q, other.slice(8 + 4 * h, 12 + 4 * h)) / 2 - slopeOf(layer, h) * distance;
          });
          return softmax(logits);
        }),
      );
      tokens = tokens.map((token, i) => {
        const joined = [0, 1].flatMap((h) =>
          weightedSum(
            weights[h]?.[i] as Vector,
            qkv.map((row) => row.slice(16 + 4 * h, 20 + 4 * h)),
          ),
        );
        const attended = plus(token, linear(`${name}.attn.proj`, joined));
        return plus(attended, linear(`${name}.mlp.fc2`, gelu(linear(`${name}.mlp.fc1`, layerNorm(`${name}.norm2`, attended)))));
      });
      attention = weights.map((ofHead) => {
        const tiles = (ofHead[0] as Vector).slice(1);
        return times(tiles, 1 / tiles.reduce((a, b) => a + b));
      });
    }
    const logits = linear('classifier', layerNorm('norm', tokens[0] as Vector));
    const found = outputOf(head, { features, positions: tf.tensor3d([places as [number, number][]]) });
    expectClose(found.logits, logits, 1e-4, 'logits');
    expectClose(found.attention, attention.flat(), 1e-5, 'attention');
  });

  it('has slopes 1/2, 1/4, … 1/256 for eight heads', () => {
    expect([...alibiSlopes(8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((h) => 2 ** -h));
  });
});
