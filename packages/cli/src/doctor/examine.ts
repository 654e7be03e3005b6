import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { type Finding, look } from './finding.js';

const GB = 1e9;

/** Looks at everything that the verbs need; `folder` is where work would be written. Loads the engine last: it is slow. */
export async function examine(folder: string): Promise<Finding[]> {
  return [node(), machine(), await space(folder), await lmdb(), await images(), await engine()];
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  const detail = `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return fits ? { name: 'node', status: 'PASS', detail } : { name: 'node', status: 'FAIL', detail, fix: 'Install Node 20.19 or newer' };
}

function machine(): Finding {
  const memory = totalmem() / GB;
  const detail = `${availableParallelism()} cores, ${memory.toFixed(0)} GB of memory`;
  if (memory >= 6) return { name: 'machine', status: 'PASS', detail };
  return { name: 'machine', status: 'WARN', detail, fix: 'Training wants 6 GB or more: lower training.tilesPerChunk' };
}

function space(folder: string): Promise<Finding> {
  return look(
    'space',
    async () => {
      const { bavail, bsize } = await statfs(folder);
      const free = (bavail * bsize) / GB;
      const detail = `${free.toFixed(1)} GB free in ${folder}`;
      if (free >= 5) return { status: 'PASS', detail };
      return { status: free >= 0.5 ? 'WARN' : 'FAIL', detail, fix: 'A thousand tiles of 256 px take about 15 MB; free some space' };
    },
    { status: 'FAIL', fix: 'Check the folder' },
  );
}

function lmdb(): Promise<Finding> {
  return look(
    'lmdb',
    async () => {
      const { checkLmdbBuild } = await import('@slidestream/lmdb-io');
      const { version, dataFormat } = await checkLmdbBuild();
      return { status: 'PASS', detail: `LMDB ${version}, data format ${dataFormat}: every LMDB reads its stores` };
    },
    { status: 'FAIL', fix: 'npm run setup, or npx slidestream-build-lmdb' },
  );
}

function images(): Promise<Finding> {
  return look(
    'codecs',
    async () => {
      const { decodeJpeg, encodeJpeg, encodePng } = await import('@slidestream/slides');
      const image = { width: 16, height: 16, data: new Uint8Array(16 * 16 * 3).fill(200) };
      const decoded = await decodeJpeg(await encodeJpeg(image, { quality: 80 }));
      await encodePng(decoded);
      if (Math.abs((decoded.data[0] ?? 0) - 200) > 3) throw new Error(`a grey of 200 came back as ${decoded.data[0]}`);
      return { status: 'PASS', detail: 'JPEG and PNG, tried' };
    },
    { status: 'FAIL', fix: 'npm run setup installs the codecs of this platform' },
  );
}

function engine(): Promise<Finding> {
  return look(
    'engine',
    async () => {
      const { startEngine } = await import('@slidestream/engine-node');
      const info = await startEngine();
      const threads = info.threads === null ? 'a thread a core' : `${info.threads} threads`;
      const detail = `libtensorflow ${info.tensorflowVersion} on ${info.device} (${info.deviceName}), ${threads}, fast kernels: ${info.fastKernels.join(', ') || 'none'}`;
      if (info.fastKernels.length > 0 || info.device === 'cuda') return { status: 'PASS', detail };
      return { status: 'WARN', detail, fix: 'Training is slower than it could be: this processor lacks what oneDNN wants' };
    },
    { status: 'FAIL', fix: 'npm run setup, or npx slidestream-install-engine' },
  );
}
