/**
 * Byte counts as people write and read them.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";

const PREFIXES = "kmgtp";

/** The bytes of `""`, `b`, `k`, `kb`, `ki`, `kib`, `m`…; `undefined` for anything else. */
function unitBytes(unit: string): number | undefined {
  const match = /^([kmgtp]?)(i?)b?$/.exec(unit);
  if (match === null) return undefined;
  const [, prefix = "", binary = ""] = match;
  if (prefix === "") return binary === "" ? 1 : undefined;
  return (binary === "" ? 1000 : 1024) ** (PREFIXES.indexOf(prefix) + 1);
}

/**
 * Bytes from `1.5GiB`, `20M`, `900 kB` or a plain number; a `/s` at the end is ignored. `K M G T P` are powers of
 * 1000, `Ki Mi Gi Ti Pi` of 1024, each with or without a `B`, in any case.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when the text is no size.
 */
export function parseByteSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*?)(?:\/s)?\s*$/i.exec(text);
  const bytes = Math.round(Number(match?.[1]) * (unitBytes(match?.[2]?.toLowerCase() ?? "") ?? NaN));
  if (!Number.isSafeInteger(bytes)) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `Cannot read "${text}" as a size: wanted a number with a unit`,
      {
        hints: ["Write it like 500M, 20MB or 1.5GiB"],
      },
    );
  }
  return bytes;
}

/** `4.10 GB`: three significant digits, powers of 1000, never `1000 kB`; whole bytes below that. */
export function formatByteSize(bytes: number): string {
  if (Math.round(bytes) < 1000) return `${Math.round(bytes)} B`;
  let value = bytes;
  for (const unit of ["kB", "MB", "GB", "TB", "PB"]) {
    value /= 1000;
    const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    const text = value.toFixed(digits);
    if (Number(text) < 1000 || unit === "PB") return `${text} ${unit}`;
  }
  return `${bytes} B`;
}

/** `12.3 MB/s`. */
export function formatByteRate(bytesPerSecond: number): string {
  return `${formatByteSize(bytesPerSecond)}/s`;
}
