/** A figure with its confidence interval; NaN where it is not defined. */
export interface ReportInterval {
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** One epoch of training. */
export interface ReportEpoch {
  readonly epoch: number;
  readonly trainLoss?: number | undefined;
  readonly valLoss?: number | undefined;
  /** Validation metrics by name. */
  readonly metrics?: Readonly<Record<string, number>> | undefined;
}

/** One fold. */
export interface ReportFold {
  readonly fold: number;
  /** Test metrics by name. */
  readonly test: Readonly<Record<string, ReportInterval>>;
  readonly epochs: readonly ReportEpoch[];
  /** The epoch whose weights were tested. */
  readonly bestEpoch?: number | undefined;
}

interface PredictionPlace {
  readonly fold: number;
  readonly split: string;
  readonly case: string;
  readonly slide: string;
}

/** A classified slide. */
export interface ReportClassification extends PredictionPlace {
  readonly label: string | null;
  readonly prediction: string;
  /** In the order of the classes. */
  readonly probabilities: readonly number[];
}

/** A slide or case with a risk. */
export interface ReportSurvival extends PredictionPlace {
  readonly time: number | null;
  readonly event: 0 | 1 | null;
  readonly risk: number;
}

/** Predictions of a task: structurally the rows of `predictions.csv`. */
export type ReportPredictions =
  | { readonly task: 'classification'; readonly classes: readonly string[]; readonly rows: readonly ReportClassification[] }
  | { readonly task: 'survival'; readonly rows: readonly ReportSurvival[] };

/** A picture inside the report. */
export interface ReportImage {
  readonly mediaType: 'image/png' | 'image/jpeg';
  readonly bytes: Uint8Array;
}

/** A tile that was looked at most, or least. */
export interface ReportTile {
  readonly image: ReportImage;
  /** Level-0 pixels. */
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** What the model looked at on one slide. */
export interface ReportHeatmap {
  readonly slide: string;
  /** One line about it, `tumor, predicted tumor (0.98)`. */
  readonly note?: string | undefined;
  readonly image: ReportImage;
  /** The slide without the heatmap. */
  readonly thumbnail?: ReportImage | undefined;
  readonly top: readonly ReportTile[];
  readonly bottom: readonly ReportTile[];
}

/** Something that was left out, and why. */
export interface ReportFailure {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

/** All that a report shows: plain data, no tensors. */
export interface ReportData {
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Short facts at the head, in order: slides, tiles, encoder, head, time. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly folds: readonly ReportFold[];
  /** Mean and standard deviation over folds by metric. */
  readonly mean?: Readonly<Record<string, { readonly value: number; readonly sd: number }>> | undefined;
  readonly predictions: ReportPredictions;
  readonly heatmaps: readonly ReportHeatmap[];
  readonly failures: readonly ReportFailure[];
  /** The resolved configuration as text, YAML or JSON. */
  readonly config: string;
  readonly versions: Readonly<Record<string, string>>;
}
