/**
 * Checkpoints in a folder.
 *
 * @packageDocumentation
 */
export type { CheckpointFolder, CheckpointFolderOptions, ResumePoint, SkippedCheckpoint, TensorFile } from './checkpoint-folder.js';
export { checkpointFolder } from './checkpoint-folder.js';
