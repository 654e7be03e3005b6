import type { SlideTables } from './slide-tables.js';
import type { StoreChange } from './store-writes.js';

/** A slide of which all is there, to be written with others. */
interface FinishedSlide {
  readonly slide: string;
  readonly count: number;
  readonly changes: readonly StoreChange[];
  readonly bytes: number;
  /** Called when it is durable, or with what hindered it. */
  readonly settle: (error?: unknown) => void;
}

/** Finished slides that go into the store in one durable transaction. */
export interface CommitGroup {
  add(slide: FinishedSlide): void;
  has(slide: string): boolean;
  /** Writes what waits, and in the same transaction a part of a slide that is not finished. @throws what hinders the writing of the part */
  commit(part?: readonly StoreChange[]): void;
  /** Bytes that wait. */
  readonly bytes: number;
}

/** How {@link createCommitGroup} works. */
export interface CommitGroupOptions {
  readonly apply: (changes: readonly StoreChange[]) => void;
  readonly tables: SlideTables;
  /** Written at once when so much waits. */
  readonly atMostBytes: number;
  /** How long a slide may wait; 0 = until nobody else has one. */
  readonly withinMs: number;
  /** Whether another slide is on its way. */
  readonly more: () => boolean;
}

/**
 * Collects finished slides. Each commit waits for the disk: many small slides share one, each whole or absent at every instant.
 */
export function createCommitGroup({ apply, tables, atMostBytes, withinMs, more }: CommitGroupOptions): CommitGroup {
  let waiting: FinishedSlide[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const commit = (part: readonly StoreChange[] = []): void => {
    clearTimeout(timer);
    timer = undefined;
    const slides = waiting;
    waiting = [];
    bytes = 0;
    if (slides.length === 0 && part.length === 0) return;
    const listed = slides.length === 0 ? undefined : tables.changesFor(new Map(slides.map(({ slide, count }) => [slide, count])));
    try {
      apply([...slides.flatMap(({ changes }) => changes), ...(listed?.changes ?? []), ...part]);
    } catch (error) {
      for (const { settle } of slides) settle(error);
      if (part.length > 0) throw error;
      return;
    }
    listed?.accept();
    for (const { settle } of slides) settle();
  };
  return {
    add(slide) {
      waiting.push(slide);
      bytes += slide.bytes;
      if (bytes >= atMostBytes || (withinMs === 0 && !more())) commit();
      else timer ??= setTimeout(commit, withinMs);
    },
    has: (name) => waiting.some(({ slide }) => slide === name),
    commit,
    get bytes() {
      return bytes;
    },
  };
}
