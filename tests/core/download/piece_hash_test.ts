import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { PieceHash } from "../../../core/download/piece_hash.ts";
import { formatPieces, parsePieces } from "../../../core/download/pieces.ts";

const MIB = 1024 * 1024;

Deno.test("PieceHash gives the digest of the whole and of its pieces, however the bytes come", () => {
  const sizeBytes = 3 * MIB + 17;
  const bytes = new Uint8Array(sizeBytes).map((_, index) => (index * 7 + (index >> 11)) & 0xff);
  const prefix = (end: number): string => createHash("sha256").update(bytes.subarray(0, end)).digest("hex");
  const file = { sizeBytes, digest: { algorithm: "sha256" } } as const;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2 * MIB }), { minLength: 1, maxLength: 6 }), (lengths) => {
      const hash = new PieceHash(file);
      for (let start = 0, turn = 0; start < sizeBytes; turn++) {
        const end = Math.min(sizeBytes, start + (lengths[turn % lengths.length] ?? 1) + MIB / 8);
        hash.update(bytes.subarray(start, end));
        strictEqual(hash.hashedBytes, end);
        start = end;
      }
      const { digestHex, pieces } = hash.finish();
      strictEqual(digestHex, prefix(sizeBytes));
      deepStrictEqual(pieces, { pieceBytes: MIB, prefixes: [prefix(MIB), prefix(2 * MIB), prefix(3 * MIB)] });
      deepStrictEqual(parsePieces(formatPieces(pieces), { sizeBytes, algorithm: "sha256" }), pieces);
    }),
    { numRuns: 20 },
  );
});

Deno.test("PieceHash has no piece for a file that ends with one, and hashes as Git does", () => {
  const bytes = new Uint8Array(MIB);
  const hash = new PieceHash({ sizeBytes: MIB, digest: { algorithm: "git-sha1" } });
  hash.update(bytes);
  const { digestHex, pieces } = hash.finish();
  strictEqual(digestHex, createHash("sha1").update(`blob ${MIB}\0`).update(bytes).digest("hex"));
  deepStrictEqual(pieces.prefixes, []);
});
