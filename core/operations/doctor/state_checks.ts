/**
 * The state: whether the store is whole, opens, reads and writes, and whose records are in it.
 *
 * @module
 */
import { formatByteSize } from "../../base/byte_size.ts";
import type { StoreFile } from "../../platform/kv_inspection.ts";
import type { RecordKind } from "../../state/record_kinds.ts";
import { type Finding, ok, problem, skipped, warning } from "./check.ts";

/** The store as the check sees it. */
export interface StatePorts {
  /** The file, or the address of the server. */
  readonly location: string;
  readonly isFile: boolean;
  /** The process was started with Deno KV. */
  readonly isEnabled: boolean;
  /** Looks at the file without changing it; `undefined` when there is none. */
  inspect(): Promise<StoreFile | undefined>;
  /** Writes a record, reads it, and deletes it again; throws what goes wrong. */
  tryOut(): Promise<void>;
  kinds(): Promise<readonly RecordKind[]>;
}

/** The store that history and queue are in. Nothing is put right here: whoever opens a damaged one does that. */
export async function checkState(ports: StatePorts): Promise<Finding> {
  const { location, isFile, isEnabled } = ports;
  if (!isEnabled) {
    return problem("Deno KV is not enabled, and history and queue are kept in it", [
      "Add the flag: deno run --unstable-kv …",
    ]);
  }
  if (!isFile) {
    await ports.tryOut();
    return ok(`"${location}", opens, reads and writes`, { more: ["set by MM_KV_URL"] });
  }
  const file = await ports.inspect();
  if (file === undefined) return ok(`"${location}", not there yet`);
  const size = formatByteSize(file.sizeBytes);
  if (file.damage !== undefined) {
    return problem(`"${location}" is damaged: ${file.damage}`, [
      "Any command that needs it moves it aside and begins a new one: mm history list",
    ], { more: [size] });
  }
  await ports.tryOut();
  const checked = file.checked ? "whole" : "too large to be looked through";
  return ok(`"${location}", ${size}, ${checked}, opens, reads and writes`);
}

/** Versions that we read. */
const KNOWN_VERSION = 1;

/** What is in the store, and whether a newer program has written it. */
export async function checkRecords(ports: StatePorts): Promise<Finding> {
  if (!ports.isEnabled) return skipped("Deno KV is not enabled");
  if (ports.isFile) {
    const file = await ports.inspect();
    if (file === undefined) return ok("none yet");
    if (file.damage !== undefined) return skipped("the store is damaged");
  }
  let kinds: readonly RecordKind[];
  try {
    kinds = await ports.kinds();
  } catch {
    // The line of the store itself says why.
    return skipped("the store cannot be read");
  }
  const newer = kinds.filter(({ version }) => version !== undefined && version > KNOWN_VERSION);
  const more = kinds.map(({ kind, version }) =>
    `${kind}${version === undefined ? "" : `, version ${version}`}`
  );
  if (newer.length === 0) {
    return ok(kinds.length === 0 ? "none yet" : kinds.map(({ kind }) => kind).join(", "), { more });
  }
  const names = newer.map(({ kind, version }) => `${kind} (version ${version})`).join(", ");
  return warning(`a newer mm has written ${names}, which this one passes over`, [
    "See which one this is: mm version",
  ], { more });
}
