/**
 * "Did you mean": known names that a mistyped one may stand for.
 *
 * @module
 */

/** Edits (insert, delete, replace, swap of neighbours) between two texts. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** The known name nearest to `name`, when it is near enough to be meant (a third of its letters). */
export function suggest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const near = distance <= Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (near && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (best !== undefined) return best;
  // A nested setting is often written without its group: "connections" for "download.connections".
  return known.find((candidate) => candidate.split(".").at(-1) === name.split(".").at(-1));
}

/** The words of a piece of advice: none when nothing like it is known. */
export function meantHints(name: string, known: readonly string[]): string[] {
  const meant = suggest(name.trim(), known);
  return meant === undefined ? [] : [`Did you mean "${meant}"?`];
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

/** How far a repository is from the one that was named; `undefined` when it cannot be meant. */
function repoDistance(wanted: string, repo: string): number | undefined {
  if (wanted === repo) return undefined;
  const [name = "", candidate = ""] = [wanted, repo].map((text) => text.slice(text.indexOf("/") + 1));
  // In the name of another organisation, or without what its kind adds to it, such as -GGUF.
  if (candidate === name) return 1.5;
  if (candidate.startsWith(`${name}-`)) return 2.5;
  const distance = editDistance(wanted, repo);
  return distance <= Math.max(2, Math.floor(wanted.length / 10)) ? distance : undefined;
}

/**
 * The repositories that may be meant by one that does not exist, the likest first. Names of models differ by little
 * and mean different things, so that they have to be nearer than other words.
 */
export function nearRepos(
  wanted: string,
  repos: readonly string[],
  { limit = 3 }: { readonly limit?: number } = {},
): string[] {
  const scored = [...new Set(repos)].flatMap((repo) => {
    const distance = repoDistance(wanted.toLowerCase(), repo.toLowerCase());
    return distance === undefined ? [] : [{ repo, distance }];
  });
  return scored.sort((a, b) => a.distance - b.distance || a.repo.length - b.repo.length)
    .slice(0, limit)
    .map(({ repo }) => repo);
}
