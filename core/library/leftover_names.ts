/**
 * The names of everything that a download keeps beside its model, and what each of them is; pure. What has another
 * name was put there by somebody else, and is none of our business.
 *
 * @module
 */

/** What a name in the folder of partial data stands for. */
export type LeftoverKind =
  /** Bytes of a large file, guarded by the lock of its digest. */
  | "data"
  /** Bytes of a small file: each run has names of its own, guarded by the lock of the run. */
  | "small-data"
  /** What tells which bytes are there, or its synced note. */
  | "journal"
  | "pieces"
  /** Bytes that were proved wrong. */
  | "quarantine"
  | "lock"
  /** What a run has said that it wants. */
  | "claim"
  /** A write that was not finished. */
  | "temporary";

/** A name of ours, understood. */
export interface LeftoverName {
  readonly kind: LeftoverKind;
  /**
   * Names the lock that guards it, `{key}.lock`: a digest or a run. Of a temporary file it may be cut off; without
   * it, nothing guards the file.
   */
  readonly key: string | undefined;
}

const DIGEST = "(?:[0-9a-f]{64}|[0-9a-f]{40})";
const RUN = "[0-9a-f]{8}";

const PATTERNS: readonly (readonly [kind: LeftoverKind, pattern: RegExp])[] = [
  ["data", new RegExp(`^(${DIGEST})\\.part$`)],
  ["small-data", new RegExp(`^${DIGEST}\\.(${RUN})\\.${RUN}\\.part$`)],
  // Of no run: only its age tells.
  ["small-data", new RegExp(`^${DIGEST}\\.${RUN}\\.part$`)],
  ["journal", new RegExp(`^(${DIGEST})\\.journal(?:\\.synced)?$`)],
  ["pieces", new RegExp(`^(${DIGEST})\\.pieces$`)],
  ["quarantine", new RegExp(`^(${DIGEST})\\.bad$`)],
  ["lock", new RegExp(`^(${DIGEST}|${RUN})\\.lock$`)],
  ["claim", new RegExp(`^(${RUN})\\.claim$`)],
  ["temporary", new RegExp(`^\\.(${RUN})\\.claim\\.tmp$`)],
  // The name that it is to get may be cut off.
  ["temporary", /^\.([0-9a-f]{40,64})(?:\.[a-z0-9.]+)?\.tmp$/],
  ["temporary", new RegExp(`^\\.${RUN}\\.tmp$`)],
];

/** What a name in the folder of partial data is; `undefined` when we make no such names. */
export function parseLeftoverName(name: string): LeftoverName | undefined {
  for (const [kind, pattern] of PATTERNS) {
    const match = pattern.exec(name);
    if (match !== null) return { kind, key: match[1] };
  }
  return undefined;
}

/** Whether a name in a folder of our own, or beside the registry, is a write that was not finished. */
export function isUnfinishedWrite(name: string): boolean {
  return new RegExp(`^\\.(?:.+\\.)?${RUN}\\.tmp$`).test(name);
}

/** Whether a name is a file that was found damaged and put aside. */
export function isDamagedCopy(name: string): boolean {
  return /^(?:registry\.json|state\.kv)\.damaged-\d{4}-\d\d-\d\dT[\d-]+Z?(?:-wal|-shm)?$/.test(name);
}
