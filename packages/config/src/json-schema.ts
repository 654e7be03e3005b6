import { z } from 'zod';
import { runSchema } from './run/run-schema.js';

/** JSON Schema (draft-07) of a run's YAML, for editors: what may be written, with defaults and descriptions. */
export function runJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(runSchema, { target: 'draft-7', io: 'input' }) as Record<string, unknown>;
}
