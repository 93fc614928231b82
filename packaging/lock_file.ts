/**
 * The lock file without what only developers need.
 *
 * @module
 */

interface LockedPackage {
  readonly dependencies?: readonly string[];
  readonly optionalPeers?: readonly string[];
}

interface LockFile {
  readonly specifiers?: Readonly<Record<string, string>>;
  readonly npm?: Readonly<Record<string, LockedPackage>>;
}

/** `name@version`, or only `name`, without the peers that were chosen for it. */
function nameOf(id: string): string {
  const at = id.indexOf("@", 1);
  return at < 0 ? id : id.slice(0, at);
}

/**
 * The lock file without some packages: neither they nor what only they need is fetched or embedded then. A package
 * that has one of them for an optional peer, as Ink has the types of React, does without.
 */
export function withoutPackages(lock: string, names: readonly string[]): string {
  const peers = names.map((name) => `_${name.replace("/", "+")}@`);
  // The peers that were chosen for a package are written behind its version.
  const withoutPeers = lock.replaceAll(/"[^"\n]*"/g, (text) => {
    const [first = "", ...rest] = text.slice(1, -1).split(/(?=_)/);
    const kept = rest.filter((part) => !peers.some((peer) => part.startsWith(peer)));
    return kept.length === rest.length ? text : `"${first}${kept.join("")}"`;
  });
  const parsed = JSON.parse(withoutPeers) as LockFile & Record<string, unknown>;
  const keeps = (id: string): boolean => !names.includes(nameOf(id.replace(/^(?:npm|jsr):/, "")));
  const listed = (list: readonly string[] | undefined, key: string) =>
    list === undefined ? {} : { [key]: list.filter(keeps) };
  const npm = Object.entries(parsed.npm ?? {}).filter(([id]) => keeps(id)).map(([id, entry]) => [id, {
    ...entry,
    ...listed(entry.dependencies, "dependencies"),
    ...listed(entry.optionalPeers, "optionalPeers"),
  }]);
  const specifiers = Object.entries(parsed.specifiers ?? {}).filter(([id]) => keeps(id));
  const pruned = { ...parsed, specifiers: Object.fromEntries(specifiers), npm: Object.fromEntries(npm) };
  return `${JSON.stringify(pruned, undefined, 2)}\n`;
}
