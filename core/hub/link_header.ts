/**
 * `Link` headers, as far as paging needs them.
 *
 * @module
 */

/** The target of the first link with `rel="next"`, relative to `base`; `undefined` on the last page. */
export function nextLink(header: string | null, base: URL): URL | undefined {
  for (const [, target, parameters] of (header ?? "").matchAll(/<([^>]*)>([^<]*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters ?? "");
    const relations = (relation?.[1] ?? relation?.[2] ?? "").toLowerCase().split(/\s+/);
    if (relations.includes("next") && URL.canParse(target ?? "", base)) return new URL(target ?? "", base);
  }
  return undefined;
}
