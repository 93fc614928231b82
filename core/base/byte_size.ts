/**
 * Byte counts as people write and read them.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gib: 2 ** 30,
  t: 1e12,
  tb: 1e12,
  tib: 2 ** 40,
};

/**
 * Bytes from `1.5GiB`, `20M`, `900 kB` or a plain number. `K M G T` are powers of 1000, `Ki Mi…B` of 1024.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when the text is no size.
 */
export function parseByteSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*?)(?:\/s)?\s*$/i.exec(text);
  const unit = match === null ? undefined : UNITS[match[2]?.toLowerCase() ?? ""];
  if (match === null || unit === undefined) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `Cannot read "${text}" as a size: wanted a number with a unit`,
      {
        hints: ["Write it like 500M, 20MB or 1.5GiB"],
      },
    );
  }
  return Math.round(Number(match[1]) * unit);
}

/** `4.1 GB`: three significant digits at most, powers of 1000, never `1000 kB`. */
export function formatByteSize(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
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
