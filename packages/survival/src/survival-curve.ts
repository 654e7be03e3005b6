/** Hazards `h_k = σ(z_k)` of the time bins, from logits [K]; float32 as the loss. */
export function hazardsOf(logits: ArrayLike<number>): Float32Array {
  return Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}

/** Survival `S_k = Π_{i≤k}(1 − h_i)` at the end of each bin, [K]. */
export function survivalOf(hazards: Float32Array): Float32Array {
  const survival = new Float32Array(hazards.length);
  let alive = 1;
  for (let k = 0; k < hazards.length; k++) {
    alive = Math.fround(alive * Math.fround(1 - (hazards[k] as number)));
    survival[k] = alive;
  }
  return survival;
}

/** Risk `−Σ_k S_k`: higher = earlier event expected. */
export function riskOf(survival: Float32Array): number {
  return -survival.reduce((sum, value) => sum + value, 0);
}
