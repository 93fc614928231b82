import assert from "node:assert/strict";
import { type ManifestState, ManifestStates } from "../../../core/state/manifest_states.ts";

const STATE: ManifestState = { status: "completed", changedAt: "2025-01-01T00:00:00.000Z" };

Deno.test("ManifestStates keeps how models stand, for each manifest by itself, under any name", async () => {
  using kv = await Deno.openKv(":memory:");
  const states = new ManifestStates(kv, { place: "here" });
  const long = `acme/${"m".repeat(96)}@${"ü".repeat(200)}:*.gguf`;
  await states.set("acme/a", STATE);
  await states.set("acme/a", {
    ...STATE,
    status: "failed",
    error: { code: "OFFLINE", message: "No network" },
  });
  await states.set(long, STATE);
  await new ManifestStates(kv, { place: "elsewhere" }).set("acme/z", STATE);
  const known = await states.list();
  assert.deepEqual([...known.keys()].sort(), ["acme/a", long].sort());
  assert.deepEqual(known.get("acme/a"), {
    ...STATE,
    status: "failed",
    error: { code: "OFFLINE", message: "No network" },
  });
  await states.delete("acme/a");
  assert.deepEqual([...(await states.list()).keys()], [long]);
});

Deno.test("ManifestStates takes damaged records, and those of later versions, for none", async () => {
  using kv = await Deno.openKv(":memory:");
  const stored = { v: 1, name: "acme/a", ...STATE };
  await kv.set(["manifests", "here", "a"], { ...stored, v: 2 });
  await kv.set(["manifests", "here", "b"], { ...stored, status: "done" });
  await kv.set(["manifests", "here", "c"], "damaged");
  assert.equal((await new ManifestStates(kv, { place: "here" }).list()).size, 0);
});
