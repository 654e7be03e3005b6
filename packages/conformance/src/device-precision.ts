import type { Device } from '@slidestream/engine-node';

/**
 * By how much the tolerances of a deep network widen on a device. WGSL lets a division be wrong by 2.5 units in the last place, an
 * inverse square root by 2, where IEEE's division allows half a unit: five times as much in every batch norm.
 *
 * @see WebGPU Shading Language, "Floating point accuracy"
 */
export function wideningOf(device: Device): number {
  return device === 'webgpu' ? 5 : 1;
}
