/**
 * End-to-end and two-stage training loops, checkpoints and exact resume.
 *
 * @packageDocumentation
 */
export {};
