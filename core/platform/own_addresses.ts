/**
 * The addresses under which other machines know this one.
 *
 * @module
 */

/** They are asked for by the way: none where the system, or a missing right, does not let us know. */
export function ownAddresses(options: { readonly ipv6: boolean }): readonly string[] {
  try {
    const all = Deno.networkInterfaces().filter(({ address, family }) =>
      (family === "IPv4" && !address.startsWith("127.")) ||
      (options.ipv6 && family === "IPv6" && address !== "::1" && !address.toLowerCase().startsWith("fe80:"))
    );
    return [...new Set(all.map(({ address }) => address))];
  } catch {
    return [];
  }
}
