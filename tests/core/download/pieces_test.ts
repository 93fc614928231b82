import assert from "node:assert/strict";
import {
  formatPieces,
  parsePieces,
  pieceBytesOf,
  pieceCount,
  pieceRange,
} from "../../../core/download/pieces.ts";

const MIB = 1024 * 1024;

Deno.test("pieceBytesOf() is 1 to 64 MiB, about a sixty-fourth of the file", () => {
  const sizes = [0, 5, 64 * MIB, 64 * MIB + 1, 200 * MIB, 4096 * MIB, 4097 * MIB, 400_000 * MIB];
  assert.deepEqual(sizes.map((size) => pieceBytesOf(size) / MIB), [1, 1, 1, 2, 4, 64, 64, 64]);
});

Deno.test("pieceRange() covers a file without gap or overlap, the last piece shorter", () => {
  const file = { sizeBytes: 10 * MIB + 3, pieceBytes: 4 * MIB };
  const ranges = Array.from(
    { length: pieceCount(file.sizeBytes, file.pieceBytes) },
    (_, piece) => pieceRange(piece, file),
  );
  assert.deepEqual(ranges, [
    { start: 0, end: 4 * MIB },
    { start: 4 * MIB, end: 8 * MIB },
    { start: 8 * MIB, end: file.sizeBytes },
  ]);
});

Deno.test("parsePieces() reads what was written, also of older versions' length, and nothing else", () => {
  const file = { sizeBytes: 130 * MIB, algorithm: "sha256" } as const;
  const hex = "a".repeat(64);
  const coarse = { pieceBytes: 64 * MIB, prefixes: [hex, hex] };
  assert.deepEqual(parsePieces(formatPieces(coarse), file), coarse);
  const fine = { pieceBytes: 4 * MIB, prefixes: Array.from({ length: 32 }, () => hex) };
  assert.deepEqual(parsePieces(formatPieces(fine), file), fine);
  const bad = [
    "",
    "[]",
    "null",
    JSON.stringify({ ...coarse, version: 2 }),
    JSON.stringify({ ...coarse, version: 1, pieceBytes: 0 }),
    JSON.stringify({ ...coarse, version: 1, pieceBytes: 1.5 * MIB + 0.5 }),
    JSON.stringify({ ...coarse, version: 1, prefixes: [hex] }),
    JSON.stringify({ ...coarse, version: 1, prefixes: [hex, "b".repeat(40)] }),
    JSON.stringify({ ...coarse, version: 1, prefixes: [hex, 5] }),
    JSON.stringify({ ...coarse, version: 1, prefixes: "x" }),
  ];
  for (const text of bad) assert.equal(parsePieces(text, file), undefined, text);
  assert.equal(parsePieces(formatPieces(coarse), { ...file, sizeBytes: 200 * MIB }), undefined);
});
