import type { MachineState } from './machine-state.js';
import { OP } from './opcodes.js';
import type { PickleValue } from './pickle-value.js';

/** Opcodes of tuples, lists, dicts and sets; `false` for the others. */
export function stepContainer(state: MachineState, op: number): boolean {
  const stack = state.stack;
  switch (op) {
    case OP.EMPTY_TUPLE:
      stack.push(Object.freeze([]));
      return true;
    case OP.TUPLE1:
      state.tuple(1);
      return true;
    case OP.TUPLE2:
      state.tuple(2);
      return true;
    case OP.TUPLE3:
      state.tuple(3);
      return true;
    case OP.TUPLE: {
      const items = state.popMark();
      state.stack.push(Object.freeze(items));
      return true;
    }
    case OP.EMPTY_LIST:
      stack.push([]);
      return true;
    case OP.LIST: {
      const items = state.popMark();
      state.stack.push(items);
      return true;
    }
    case OP.APPEND: {
      const item = state.pop();
      state.list(state.peek()).push(item);
      return true;
    }
    case OP.APPENDS: {
      const items = state.popMark();
      const list = state.list(state.peek());
      for (const item of items) list.push(item);
      return true;
    }
    case OP.EMPTY_DICT:
      stack.push(new Map());
      return true;
    case OP.DICT: {
      const items = state.popMark();
      const dict: Map<PickleValue, PickleValue> = new Map();
      state.setItems(dict, items);
      state.stack.push(dict);
      return true;
    }
    case OP.SETITEM: {
      const value = state.pop();
      const key = state.pop();
      state.setItems(state.peek(), [key, value]);
      return true;
    }
    case OP.SETITEMS: {
      const items = state.popMark();
      state.setItems(state.peek(), items);
      return true;
    }
    case OP.EMPTY_SET:
      stack.push(new Set());
      return true;
    case OP.FROZENSET: {
      const items = state.popMark();
      state.stack.push(new Set(items.map((item) => state.hashable(item))));
      return true;
    }
    case OP.ADDITEMS: {
      const items = state.popMark();
      const set = state.peek();
      if (!(set instanceof Set)) throw state.fail('wrong-target', 'an item is added to something that is no set');
      for (const item of items) set.add(state.hashable(item));
      return true;
    }
    default:
      return false;
  }
}
