import { FAULTS } from './faults.js';
import type { MachineState } from './machine-state.js';
import { OP } from './opcodes.js';
import { parseFloatText, parseInteger, parseQuoted, parseRawUnicode } from './text-values.js';

/** Opcodes that push one plain value, and those of the stack itself; `false` for the others. */
export function stepScalar(state: MachineState, op: number): boolean {
  const cursor = state.cursor;
  const stack = state.stack;
  switch (op) {
    case OP.PROTO: {
      const version = cursor.uint8();
      if (version > 5) throw state.fail('bad-protocol', `protocol ${version} is not known`);
      return true;
    }
    case OP.FRAME: {
      const length = cursor.length64();
      const left = cursor.bytes.length - cursor.offset;
      if (length > left) throw state.fail('truncated', `a frame of ${length} bytes is announced, ${left} are left`);
      return true;
    }
    case OP.MARK:
      if (state.marks.length >= state.options.limits.maxDepth) throw state.fail('too-deep', FAULTS['too-deep']);
      state.marks.push(stack);
      state.stack = [];
      return true;
    case OP.POP:
      if (stack.length === 0) state.popMark();
      else stack.pop();
      return true;
    case OP.POP_MARK:
      state.popMark();
      return true;
    case OP.DUP:
      stack.push(state.peek());
      return true;
    case OP.NONE:
      stack.push(null);
      return true;
    case OP.NEWTRUE:
      stack.push(true);
      return true;
    case OP.NEWFALSE:
      stack.push(false);
      return true;
    case OP.INT:
      stack.push(parseInteger(cursor, false));
      return true;
    case OP.LONG:
      stack.push(parseInteger(cursor, true));
      return true;
    case OP.BININT:
      stack.push(cursor.int32());
      return true;
    case OP.BININT1:
      stack.push(cursor.uint8());
      return true;
    case OP.BININT2:
      stack.push(cursor.uint16());
      return true;
    case OP.LONG1:
      stack.push(state.long(cursor.uint8()));
      return true;
    case OP.LONG4:
      stack.push(state.long(cursor.int32()));
      return true;
    case OP.FLOAT:
      stack.push(parseFloatText(cursor));
      return true;
    case OP.BINFLOAT:
      stack.push(cursor.float64BigEndian());
      return true;
    case OP.STRING:
      stack.push(state.python2(parseQuoted(cursor)));
      return true;
    case OP.BINSTRING:
      stack.push(state.python2(cursor.take(cursor.uint32())));
      return true;
    case OP.SHORT_BINSTRING:
      stack.push(state.python2(cursor.take(cursor.uint8())));
      return true;
    case OP.UNICODE:
      stack.push(parseRawUnicode(cursor));
      return true;
    case OP.SHORT_BINUNICODE:
      stack.push(cursor.text(cursor.uint8()));
      return true;
    case OP.BINUNICODE:
      stack.push(cursor.text(cursor.uint32()));
      return true;
    case OP.BINUNICODE8:
      stack.push(cursor.text(cursor.length64()));
      return true;
    case OP.SHORT_BINBYTES:
      stack.push(cursor.take(cursor.uint8()));
      return true;
    case OP.BINBYTES:
      stack.push(cursor.take(cursor.uint32()));
      return true;
    case OP.BINBYTES8:
    case OP.BYTEARRAY8:
      stack.push(cursor.take(cursor.length64()));
      return true;
    default:
      return false;
  }
}
