import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '@slidestream/core';
import { writeFeatures } from '@slidestream/formats';

/**
 * Feature bags of sixteen slides whose first feature tells class and survival, with a label table of each task: `features/`,
 * `classes.csv`, `survival.csv`.
 */
export async function makeFeatureCohort(folder: string): Promise<void> {
  mkdirSync(join(folder, 'features'), { recursive: true });
  const classes = ['case,slide,label,split'];
  const survival = ['case,slide,time,event,split'];
  for (let i = 0; i < 16; i++) {
    const name = `S-${String(i).padStart(2, '0')}`;
    const random = randomStream('feature-cohort', i);
    const count = 5 + (i % 4);
    const ill = i % 2 === 1;
    const features = Float32Array.from({ length: count * 6 }, (_, at) => random.normal() + (at % 6 === 0 && ill ? 3 : 0));
    const bag = { features, count, dim: 6, coords: null, coordsUnit: null, attributes: {} };
    await writeFeatures(join(folder, 'features', `${name}.safetensors`), bag);
    const split = i < 12 ? 'train' : 'test';
    classes.push(`${name},${name},${ill ? 'tumor' : 'normal'},${split}`);
    survival.push(`${name},${name},${((ill ? 5 : 50) + random.uniform() * 20).toFixed(2)},${i % 5 === 4 ? 0 : 1},${split}`);
  }
  writeFileSync(join(folder, 'classes.csv'), `${classes.join('\n')}\n`);
  writeFileSync(join(folder, 'survival.csv'), `${survival.join('\n')}\n`);
}
