/**
 * Names that somebody may have meant.
 *
 * @module
 */

/** How many single-character changes lead from one text to the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Of `names`, up to `limit` that are like `text`, the likest first; case does not count. */
export function nearNames(
  text: string,
  names: readonly string[],
  options: { readonly limit?: number } = {},
): string[] {
  const wanted = text.toLowerCase();
  // A long list of long names is not worth the time: what matters is at the end of a path.
  const scored = names.slice(0, 2000).map((name) => {
    const lower = name.toLowerCase();
    const last = lower.slice(lower.lastIndexOf("/") + 1);
    const contained = lower.includes(wanted) || (last.length > 2 && wanted.includes(last));
    const distance = Math.min(
      editDistance(wanted.slice(-80), lower.slice(-80)),
      editDistance(wanted.slice(-80), last.slice(-80)),
    );
    return { name, distance: contained ? 0 : distance };
  });
  const farthest = Math.max(2, Math.floor(wanted.length / 3));
  return scored
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, options.limit ?? 5)
    .map(({ name }) => name);
}
