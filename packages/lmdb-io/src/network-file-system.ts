import { statfsSync } from 'node:fs';
import { storeError } from './store-error.js';

/** Types of file systems, as Linux' statfs(2) numbers them, whose files other machines may write too. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x0bd00bd0, 'Lustre'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x5346414f, 'AFS'],
  [0x65735546, 'FUSE'],
]);

/** Name of the network file system that a folder is on; `null` where it is none or nobody knows: other platforms number theirs differently. */
export function networkFileSystem(folder: string, typeOf: (folder: string) => number = fileSystemType): string | null {
  if (process.platform !== 'linux') return null;
  try {
    return NETWORK.get(typeOf(folder) >>> 0) ?? null;
  } catch {
    return null;
  }
}

function fileSystemType(folder: string): number {
  return statfsSync(folder).type;
}

/**
 * LMDB keeps its order of writing and its locks by what one kernel knows: on a file system that several machines write, stores tear.
 *
 * @throws SlidestreamError `store/network-file-system`
 */
export function refuseNetworkFileSystem(file: string, folder: string, typeOf = fileSystemType): void {
  const name = networkFileSystem(folder, typeOf);
  if (name === null) return;
  throw storeError(
    'network-file-system',
    `the folder is on ${name}, where stores cannot be written safely`,
    { file },
    {
      category: 'usage',
      hint: 'Write to a disk of this machine and copy the finished store; reading it there is safe. At your own risk: --allow-network-fs',
    },
  );
}
