import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createTileStore } from './index.js';
import { networkFileSystem, refuseNetworkFileSystem } from './network-file-system.js';
import { testHeader } from './testing/made-up-slides.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-9p-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const linux = process.platform === 'linux';

test.skipIf(!linux)('network file systems are known by the numbers of statfs, signed or not', () => {
  expect(networkFileSystem('/', () => 0x6969)).toBe('NFS');
  expect(networkFileSystem('/', () => 0xff534d42 | 0)).toBe('SMB');
  // ext4, overlay, tmpfs.
  for (const type of [0xef53, 0x794c7630, 0x01021994]) expect(networkFileSystem('/', () => type)).toBeNull();
  expect(
    networkFileSystem('/', () => {
      throw new Error('no statfs');
    }),
  ).toBeNull();
  const type = spawnSync('stat', ['-f', '-c', '%t', folder], { encoding: 'utf8' }).stdout.trim();
  expect(networkFileSystem(folder)).toBe(networkFileSystem(folder, () => Number.parseInt(type, 16)));
});

test.skipIf(!linux)('writing there is refused with a way out', () => {
  expect(() => refuseNetworkFileSystem('/x/t.lmdb', '/x', () => 0x0bd00bd0)).toThrow(
    expect.objectContaining({ code: 'store/network-file-system', category: 'usage', message: expect.stringContaining('Lustre') }),
  );
  expect(() => refuseNetworkFileSystem('/x/t.lmdb', '/x', () => 0xef53)).not.toThrow();
});

test('a store on a disk of this machine is written', async () => {
  const store = await createTileStore(join(folder, 'tiles.lmdb'), testHeader, {
    allowNetworkFileSystem: networkFileSystem(folder) !== null,
  });
  await store.close();
});
