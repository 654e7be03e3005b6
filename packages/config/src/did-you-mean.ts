/** Edits (insert, delete, replace, swap of neighbours) between two words, as optimal string alignment. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replace, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] as number) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}

/** Letters and digits in lower case: `learning_rate`, `learning-rate` and `learningRate` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** The one of `known` that `word` was most likely meant to be; `undefined` when none is close. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const asked = plain(word);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const candidate = plain(name);
    const distance = editDistance(asked, candidate);
    const most = Math.max(1, Math.floor(Math.max(asked.length, candidate.length) / 3));
    const contained = asked.length >= 3 && (candidate.includes(asked) || asked.includes(candidate)) && candidate.length >= 3;
    if (distance > most && !contained) continue;
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  return best?.name;
}
