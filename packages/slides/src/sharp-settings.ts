import sharp from 'sharp';

// Pipelines here decode many small images in parallel calls: threads inside one and libvips' operation cache only cost memory.
sharp.cache(false);
sharp.concurrency(1);

/** sharp, set up for slides. */
export const vips: typeof sharp = sharp;
