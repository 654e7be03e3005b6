import type { MachineState } from './machine-state.js';
import { OP } from './opcodes.js';
import { parseIndex } from './text-values.js';

/** Opcodes of the memo, of names and of objects; every other one is refused. */
export function stepObject(state: MachineState, op: number): void {
  const cursor = state.cursor;
  const stack = state.stack;
  switch (op) {
    case OP.MEMOIZE:
      state.put(state.memo.size);
      return;
    case OP.PUT:
      state.put(parseIndex(cursor));
      return;
    case OP.BINPUT:
      state.put(cursor.uint8());
      return;
    case OP.LONG_BINPUT:
      state.put(cursor.uint32());
      return;
    case OP.GET:
      state.get(parseIndex(cursor));
      return;
    case OP.BINGET:
      state.get(cursor.uint8());
      return;
    case OP.LONG_BINGET:
      state.get(cursor.uint32());
      return;
    case OP.GLOBAL: {
      const module = cursor.decode(cursor.line());
      stack.push(state.global(module, cursor.decode(cursor.line())));
      return;
    }
    case OP.STACK_GLOBAL: {
      const name = state.pop();
      stack.push(state.global(state.pop(), name));
      return;
    }
    case OP.REDUCE:
    case OP.NEWOBJ: {
      const args = state.pop();
      stack.push(state.construct(state.pop(), args));
      return;
    }
    case OP.NEWOBJ_EX: {
      const named = state.pop();
      const args = state.pop();
      if (!(named instanceof Map) || named.size > 0) throw state.fail('refused-call', 'an object is made with named arguments');
      stack.push(state.construct(state.pop(), args));
      return;
    }
    case OP.INST: {
      const module = cursor.decode(cursor.line());
      const callable = state.global(module, cursor.decode(cursor.line()));
      const args = state.popMark();
      state.stack.push(state.construct(callable, args));
      return;
    }
    case OP.OBJ: {
      const [callable, ...args] = state.popMark();
      if (callable === undefined) throw state.fail('stack', 'there is nothing to call');
      state.stack.push(state.construct(callable, args));
      return;
    }
    case OP.BUILD:
      state.build();
      return;
    case OP.PERSID:
      stack.push(state.persistent(cursor.decode(cursor.line())));
      return;
    case OP.BINPERSID:
      stack.push(state.persistent(state.pop()));
      return;
    case OP.READONLY_BUFFER:
      if (!(state.peek() instanceof Uint8Array)) throw state.fail('wrong-target', 'something that is no buffer is made read-only');
      return;
    default:
      // EXT1, EXT2, EXT4 name classes by numbers of the writer's registry; NEXT_BUFFER wants data from elsewhere.
      throw state.fail('refused-opcode', 'this opcode refers to something outside the pickle');
  }
}
