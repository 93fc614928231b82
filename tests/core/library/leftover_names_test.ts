import assert from "node:assert/strict";
import fc from "fast-check";
import { isDamagedCopy, isUnfinishedWrite, parseLeftoverName } from "../../../core/library/leftover_names.ts";

const HEX = "0123456789abcdef".repeat(4);
const GIT = HEX.slice(0, 40);

Deno.test("parseLeftoverName() tells what we make, and which lock guards it", () => {
  const cases: readonly (readonly [name: string, kind: string, key: string | undefined])[] = [
    [`${HEX}.part`, "data", HEX],
    [`${GIT}.part`, "data", GIT],
    [`${HEX}.0a1b2c3d.11111111.part`, "small-data", "0a1b2c3d"],
    [`${HEX}.0a1b2c3d.part`, "small-data", undefined],
    [`${HEX}.journal`, "journal", HEX],
    [`${HEX}.journal.synced`, "journal", HEX],
    [`${HEX}.pieces`, "pieces", HEX],
    [`${HEX}.bad`, "quarantine", HEX],
    [`${HEX}.lock`, "lock", HEX],
    ["0a1b2c3d.lock", "lock", "0a1b2c3d"],
    ["0a1b2c3d.claim", "claim", "0a1b2c3d"],
    [".0a1b2c3d.claim.tmp", "temporary", "0a1b2c3d"],
    [`.${HEX}.journal.tmp`, "temporary", HEX],
    [`.${HEX}.journal.synced.tmp`, "temporary", HEX],
    [`.${HEX.slice(0, 60)}.0a1b2c3d.tmp`, "temporary", HEX.slice(0, 60)],
    [".0a1b2c3d.tmp", "temporary", undefined],
  ];
  for (const [name, kind, key] of cases) assert.deepEqual(parseLeftoverName(name), { kind, key }, name);
});

Deno.test("parseLeftoverName() leaves everything else to whoever made it", () => {
  const others = [
    "model.part",
    `${HEX}.gguf`,
    `x${HEX}.part`,
    `${HEX.toUpperCase()}.bad`,
    `${HEX}.part.bak`,
    `${HEX.slice(1)}.part`,
    "notes.txt",
    ".tmp",
    ".notes.tmp",
    "model-manager",
    "",
  ];
  for (const name of others) assert.equal(parseLeftoverName(name), undefined, name);
  fc.assert(fc.property(fc.string(), (name) => {
    const parsed = parseLeftoverName(name);
    assert.ok(parsed === undefined || /^\.?[0-9a-f]{8}/.test(name));
  }));
});

Deno.test("isUnfinishedWrite() and isDamagedCopy() know names of our own folders", () => {
  assert.ok(isUnfinishedWrite(".config.json.0a1b2c3d.tmp"));
  assert.ok(isUnfinishedWrite(".0a1b2c3d.tmp"));
  assert.ok(!isUnfinishedWrite("config.json"));
  assert.ok(!isUnfinishedWrite(".config.json.tmp"));
  assert.ok(isDamagedCopy("registry.json.damaged-2025-01-02T03-04-05-678Z"));
  assert.ok(isDamagedCopy("state.kv.damaged-2025-01-02T03-04-05-678Z-wal"));
  assert.ok(!isDamagedCopy("registry.json.backup"));
  assert.ok(!isDamagedCopy("state.kv"));
});
