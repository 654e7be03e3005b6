import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEventFile } from './event-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The records of an event file with their lengths and data, read by Python's struct: another reader than the writer's own. */
const READ = `
import struct, sys, json
data = open(sys.argv[1], 'rb').read()
at, out = 0, []
while at < len(data):
    n, = struct.unpack_from('<Q', data, at)
    body = data[at + 12:at + 12 + n]
    out.append(body.hex())
    at += 16 + n
print(json.dumps(out))
`;

describe('an event file', () => {
  it('frames every event and leaves out what is not finite', async () => {
    const file = await openEventFile(folder);
    await file.scalars(300, { 'train/loss': 0.5, 'val/auc': Number.NaN, 'val/loss': null });
    await file.close();
    const [name] = await readdir(folder);
    const events = JSON.parse(execFileSync('python3', ['-c', READ, join(folder, name as string)], { encoding: 'utf8' })) as string[];
    expect(events).toHaveLength(2);
    expect(Buffer.from(events[0] as string, 'hex').toString('latin1')).toContain('brain.Event:2');
    const event = Buffer.from(events[1] as string, 'hex');
    // step 300 as a varint in field 2, the tag in field 1 and 0.5 as a float in field 2 of a value.
    expect(event.includes(Buffer.from('10ac02', 'hex'))).toBe(true);
    expect(
      event.includes(Buffer.concat([Buffer.from('0a0a'.concat(Buffer.from('train/loss').toString('hex'), '150000003f'), 'hex')])),
    ).toBe(true);
    expect(event.toString('latin1')).not.toContain('val/');
  });

  it('carries the masked checksum of a length that TensorFlow writes', async () => {
    const file = await openEventFile(folder);
    await file.close();
    const [name] = await readdir(folder);
    const bytes = await readFile(join(folder, name as string));
    // The first event is 24 bytes, whose length record is the same in every event file.
    expect(bytes.subarray(0, 8).readBigUInt64LE()).toBe(24n);
    expect(bytes.subarray(8, 12).toString('hex')).toBe('a37f4b22');
  });
});
