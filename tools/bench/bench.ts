/** Something that measures itself once per call. */
export interface Measurer {
  /** One measurement, in units per second. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/** One comparison: ours against a peer's, measured in turns. */
export interface Bench {
  readonly name: string;
  /** What is counted per second. */
  readonly unit: string;
  ours(): Promise<Measurer>;
  /** Gives `null` where the peer is not installed; `null` itself where there is nothing to compare with. */
  readonly peer: (() => Promise<Measurer | null>) | null;
}
