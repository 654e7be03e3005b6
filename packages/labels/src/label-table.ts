/** The part of a split in which a case is. */
export type SplitName = 'train' | 'val' | 'test';

/** One slide with what is known of it. */
export interface LabelRow {
  /** Patient or case; the slide's own id where the table has no such column. */
  readonly case: string;
  /** Slide id without folder and without a slide or feature file's ending. */
  readonly slide: string;
  /** Class name; in a survival table the time bin as written, or empty where it has none. */
  readonly label: string;
  readonly split?: SplitName | undefined;
  /** Number of the fold whose test set this slide is in, where the table says so. */
  readonly fold?: number | undefined;
  /** Follow-up or event time, in the table's unit. */
  readonly time?: number | undefined;
  /** 1 event observed, 0 censored. */
  readonly event?: 0 | 1 | undefined;
  /** 1-based line in the table. */
  readonly line: number;
  /** The slide's file as the table names it, where that is more than the id; with `keepColumns` only. */
  readonly slideFile?: string | undefined;
  /** Columns that are none of the above, as text; with `keepColumns` only. */
  readonly other?: Readonly<Record<string, string>> | undefined;
}

/** A row that was left out on request, and why. */
export interface DroppedRow {
  readonly line: number;
  readonly slide: string;
  readonly reason: string;
}

/** What the labels of a cohort say. */
export interface LabelTable {
  /** The file, or the name given to the text. */
  readonly source: string;
  /** Whether rows carry time and event. */
  readonly task: 'classification' | 'survival';
  readonly rows: readonly LabelRow[];
  /** Class names in order of class index: integers by value, other names by code units, or as the caller ordered them. */
  readonly classes: readonly string[];
  /** Rows left out on request; empty by default. */
  readonly dropped: readonly DroppedRow[];
  /** Which column was taken for what. */
  readonly columns: Readonly<Record<string, string>>;
}
