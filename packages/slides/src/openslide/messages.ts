import type { AssociatedImage } from '../slide.js';

/** What the process that holds OpenSlide is asked for. */
export type OpenSlideRequest =
  | { readonly op: 'open'; readonly path: string; readonly libraries: readonly string[] }
  | {
      readonly op: 'region';
      readonly level: number;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  | { readonly op: 'associated'; readonly name: string };

/** A slide as OpenSlide describes it. */
export interface OpenSlideDescription {
  readonly version: string;
  readonly levels: readonly { readonly width: number; readonly height: number; readonly downsample: number }[];
  readonly associated: readonly AssociatedImage[];
  readonly properties: Readonly<Record<string, string>>;
}

/** A request with the number under which it is answered. */
export interface OpenSlideMessage {
  readonly id: number;
  readonly request: OpenSlideRequest;
}

/** Why OpenSlide did not do what it was asked for. */
export type OpenSlideFailure = 'no-library' | 'unsupported' | 'failed';

/** The answer: a description, or RGB pixels, or why there is none. */
export type OpenSlideReply =
  | { readonly id: number; readonly value: OpenSlideDescription | Uint8Array }
  | { readonly id: number; readonly failure: OpenSlideFailure; readonly message: string };
