import { shapeFault } from './check-shape.js';
import { FAULTS } from './faults.js';
import { type MachineOptions, MachineState } from './machine-state.js';
import { OP, opcodeName } from './opcodes.js';
import type { PickleValue } from './pickle-value.js';
import { stepContainer } from './step-container.js';
import { stepObject } from './step-object.js';
import { stepScalar } from './step-scalar.js';

/** Runs one pickle and returns its value and the offset just behind STOP. Never calls anything but what the allowlist holds. */
export function runPickle(bytes: Uint8Array, offset: number, options: MachineOptions): { value: PickleValue; end: number } {
  const state = new MachineState(bytes, offset, options);
  const cursor = state.cursor;
  const { maxSteps, maxDepth, maxNodes } = options.limits;
  for (let steps = 0; ; steps++) {
    if (steps >= maxSteps) throw state.fail('too-large', `more than ${maxSteps} steps`);
    cursor.opcodeOffset = cursor.offset;
    cursor.opcode = '';
    const op = cursor.uint8();
    const name = opcodeName(op);
    if (name === undefined) throw state.fail('bad-opcode', `byte 0x${op.toString(16).padStart(2, '0')} is no opcode`);
    cursor.opcode = name;
    if (op === OP.STOP) break;
    if (!stepScalar(state, op) && !stepContainer(state, op)) stepObject(state, op);
  }
  const value = state.pop();
  const fault = shapeFault(value, maxDepth, maxNodes);
  if (fault !== undefined) throw state.fail(fault, FAULTS[fault]);
  return { value, end: cursor.offset };
}
