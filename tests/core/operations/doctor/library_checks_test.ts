import assert from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import type { ModelEntry } from "../../../../core/library/model_entry.ts";
import type { RegistryInspection } from "../../../../core/library/registry_inspection.ts";
import {
  checkFiles,
  checkLeftovers,
  checkProcesses,
  checkRegistry,
} from "../../../../core/operations/doctor/library_checks.ts";

function registry(change: Partial<RegistryInspection> = {}): RegistryInspection {
  return {
    path: "/models/registry.json",
    state: "ok",
    problems: [],
    refusal: undefined,
    backup: "ok",
    entries: [],
    missing: [],
    changed: [],
    usedBytes: 0,
    ...change,
  };
}

Deno.test("checkRegistry() tells a new library from one whose registry is gone", () => {
  assert.equal(checkRegistry(registry()).status, "ok");
  assert.equal(checkRegistry(registry({ state: "absent", backup: "absent" })).status, "ok");
  const gone = checkRegistry(registry({ state: "absent" }));
  assert.deepEqual([gone.status, gone.detail], [
    "problem",
    '"/models/registry.json" is gone, its backup is there',
  ]);
  assert.match(checkRegistry(registry({ backup: "damaged" })).detail, /backup is damaged/);
});

Deno.test("checkRegistry() says what is damaged, and who puts it right", () => {
  const damaged = checkRegistry(
    registry({ state: "damaged", problems: ["Entry 1 is odd", "Entry 2 is odd"] }),
  );
  assert.deepEqual([damaged.status, damaged.detail, damaged.more], [
    "problem",
    '"/models/registry.json" is damaged: Entry 1 is odd',
    ["Entry 2 is odd", "backup: ok"],
  ]);
  assert.match(damaged.hints?.[0] ?? "", /mm list$/);
  const refusal = new ModelManagerError("FAILED", "Too new", { hints: ["See: mm version"] });
  assert.deepEqual(checkRegistry(registry({ refusal })).hints, ["See: mm version"]);
});

Deno.test("checkFiles() counts what is missing or has another size", () => {
  assert.equal(checkFiles(registry()).detail, "none yet");
  const entries = [{ metadata: { files: [{}, {}] } }] as unknown as readonly ModelEntry[];
  assert.equal(checkFiles(registry({ entries })).detail, "2 files there, by name and size");
  const wrong = checkFiles(registry({ entries, missing: ["/models/a"], changed: ["/models/b"] }));
  assert.deepEqual([wrong.status, wrong.detail, wrong.more], [
    "warning",
    "1 file missing, 1 file of another size than registered: /models/a",
    ["/models/b"],
  ]);
  assert.match(wrong.hints?.[0] ?? "", /mm verify --repair$/);
});

Deno.test("checkLeftovers() warns when there is much to free", () => {
  const result = (bytes: number, count = 1): Parameters<typeof checkLeftovers>[0] => ({
    removed: Array.from({ length: count }, () => ({ path: "/x", reason: "quarantined" as const, bytes })),
    bytesFreed: bytes * count,
    problems: [],
  });
  assert.deepEqual(checkLeftovers(result(1, 0)), { status: "ok", detail: "none", more: [] });
  assert.deepEqual([checkLeftovers(result(1000)).status, checkLeftovers(result(1000)).detail], [
    "ok",
    "1 leftover: mm cleanup would free 1.00 kB",
  ]);
  assert.equal(checkLeftovers(result(100_000_000)).status, "warning");
});

Deno.test("checkProcesses() knows who is at work, and who hangs", () => {
  const owner = { pid: 12, host: "here", startedAt: "2025-01-01T00:00:00Z" };
  const nobody = { queueOwner: undefined, queueLock: undefined, registryLock: undefined, runs: [] };
  assert.equal(checkProcesses(nobody).detail, "nobody else is at work");
  const busy = checkProcesses({ ...nobody, queueOwner: { pid: 12 }, queueLock: owner, runs: [owner, owner] });
  assert.deepEqual([busy.status, busy.detail], ["ok", "process 12 works the queue, 2 downloads under way"]);
  assert.equal(busy.more?.length, 2);
  const hung = checkProcesses({ ...nobody, queueLock: owner });
  assert.deepEqual([hung.status, hung.hints?.[0]], ["warning", "See what it is: ps -p 12"]);
});
