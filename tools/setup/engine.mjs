import { existsSync } from 'node:fs';
import { join } from 'node:path';

const BINDING = 'node_modules/@tensorflow/tfjs-node-gpu';
const load = () => import('../../packages/engine-node/bin/install/install-engine.js');

/** libtensorflow under the tensor binding: what `slidestream-install-engine` does in other projects. */
export const engine = {
  name: 'tensor engine',
  async isDone({ root, variant }) {
    const binding = join(root, BINDING);
    if (!existsSync(binding)) return false;
    const { installedVariant } = await load();
    const installed = installedVariant(binding);
    // The CUDA build also runs without a GPU: whoever has it keeps it until another is asked for.
    return installed === variant || (installed === 'gpu' && variant === 'cpu');
  },
  async run({ root, variant }, log) {
    const { installEngine } = await load();
    await installEngine({ binding: join(root, BINDING), variant, log });
  },
};
