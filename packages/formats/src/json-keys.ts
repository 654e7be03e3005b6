/**
 * The first key that occurs twice in one object of a JSON text, which `JSON.parse` would hide. Expects text that `JSON.parse` takes.
 */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < json.length; i++) {
    const letter = json.charCodeAt(i);
    if (letter === 0x7b) open.push(new Set());
    else if (letter === 0x5b) open.push(null);
    else if (letter === 0x7d || letter === 0x5d) open.pop();
    else if (letter === 0x22) {
      const start = i;
      for (i++; json.charCodeAt(i) !== 0x22; i++) if (json.charCodeAt(i) === 0x5c) i++;
      let next = i + 1;
      while (json.charCodeAt(next) <= 0x20) next++;
      if (json.charCodeAt(next) !== 0x3a) continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      const seen = open[open.length - 1];
      if (seen?.has(key)) return key;
      seen?.add(key);
    }
  }
  return undefined;
}
