/**
 * What `mod.ts` exports, with its members: as `tests/arch/public_api_test.ts` keeps it.
 *
 * @module
 */
import { readFileSync } from "node:fs";

const SNAPSHOT = new URL("../arch/__snapshots__/public_api_test.ts.snap", import.meta.url);

/** Members by name: `addModel()` for methods, `code` for properties. Types that are no objects have none. */
export function publicNames(): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (
    const [, name = "", list = ""] of readFileSync(SNAPSHOT, "utf8").matchAll(
      /^ {2}"\w+ (\w+)(?:: (.*))?",$/gm,
    )
  ) {
    const members = names.get(name) ?? new Set();
    for (const member of list.split(" ")) members.add(member.replace(/\?$/, ""));
    names.set(name, members);
  }
  return names;
}
