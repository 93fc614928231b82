import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { readRunNote } from "../../../core/operations/run_note.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const BEGUN = { pid: 7, startedAt: "2025-01-01T00:00:00.000Z" };

Deno.test("readRunNote() reads how a run began and ended", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("note.json");
  const error = { code: "LOCKED", message: "Taken", hints: ["Wait"], causes: [] };
  for (const note of [BEGUN, { ...BEGUN, endedAt: "2025-01-01T00:01:00.000Z" }, { ...BEGUN, error }]) {
    await writeFile(path, JSON.stringify({ version: 1, ...note }));
    deepStrictEqual(await readRunNote(path), note);
  }
});

Deno.test("readRunNote() leaves out an end that it cannot read", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("note.json");
  for (const end of [{ endedAt: 5 }, { error: "no" }, { error: null }, { error: { message: "no hints" } }]) {
    await writeFile(path, JSON.stringify({ version: 1, ...BEGUN, ...end }));
    deepStrictEqual(await readRunNote(path), BEGUN);
  }
});

Deno.test("readRunNote() knows nothing of a note that is missing, damaged or of another version", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("note.json");
  strictEqual(await readRunNote(path), undefined);
  for (
    const text of ["", "{", "null", "7", JSON.stringify(BEGUN), JSON.stringify({ version: 2, ...BEGUN })]
  ) {
    await writeFile(path, text);
    strictEqual(await readRunNote(path), undefined, text);
  }
});
