/**
 * What the installers of native parts share: npm's node-gyp, the user's cache, programs run to their end. Plain JavaScript without
 * dependencies, since it runs before anything is built or installed.
 */
export { cacheFolder, linkOrCopy, makeFolderOnce, sha256OfFile } from './cache.js';
export { checkCompiler, nodeGypPath, nodeHeadersFolder, npmFolder, rebuildAddon } from './node-gyp.js';
export { runCommand } from './run-command.js';
export { describeSetupError, SetupError } from './setup-error.js';
