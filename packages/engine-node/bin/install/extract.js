import { runCommand } from '@slidestream/core/native-build';

// Python's zipfile checks the CRC of every entry and refuses to leave the folder; entries are streamed, never whole in memory.
const PROGRAM = `
import os, shutil, sys, zipfile
wheel, folder, flat = sys.argv[1], sys.argv[2], sys.argv[3] == "flat"
prefixes = tuple(sys.argv[4:])
count = 0
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        name = entry.filename
        if entry.is_dir() or not name.startswith(prefixes) or ".." in name.split("/"):
            continue
        if flat and ("/lib/" not in name or ".so" not in os.path.basename(name)):
            continue
        target = os.path.join(folder, os.path.basename(name) if flat else name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(entry) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        count += 1
print(count)
`;

/**
 * Takes the entries of a wheel whose names begin with one of `prefixes`.
 *
 * @param {{ python: string, wheel: string, folder: string, prefixes: readonly string[], flatLibraries?: boolean }} options -
 *   `flatLibraries`: only shared libraries, without their folders
 * @returns {Promise<number>} how many files
 */
export async function extractWheel({ python, wheel, folder, prefixes, flatLibraries = false }) {
  const out = await runCommand(python, ['-c', PROGRAM, wheel, folder, flatLibraries ? 'flat' : 'tree', ...prefixes], {
    title: 'unpacking the wheel',
  });
  return Number(out.trim());
}
