import assert from "node:assert/strict";
import {
  checkRecords,
  checkState,
  type StatePorts,
} from "../../../../core/operations/doctor/state_checks.ts";

function ports(change: Partial<StatePorts> = {}): StatePorts {
  return {
    location: "/state/state.kv",
    isFile: true,
    isEnabled: true,
    inspect: () => Promise.resolve({ sizeBytes: 20_000, damage: undefined, checked: true }),
    tryOut: () => Promise.resolve(),
    kinds: () => Promise.resolve([{ kind: "history", version: 1 }, { kind: "files", version: undefined }]),
    ...change,
  };
}

const refuse = (): Promise<never> => Promise.reject(new Error("must not be opened"));

Deno.test("checkState() opens a store that is whole, and only that", async () => {
  assert.equal(
    (await checkState(ports())).detail,
    '"/state/state.kv", 20.0 kB, whole, opens, reads and writes',
  );
  const large = await checkState(ports({
    inspect: () => Promise.resolve({ sizeBytes: 1e9, damage: undefined, checked: false }),
  }));
  assert.match(large.detail, /1\.00 GB, too large to be looked through/);
  const none = await checkState(ports({ inspect: () => Promise.resolve(undefined), tryOut: refuse }));
  assert.deepEqual([none.status, none.detail], ["ok", '"/state/state.kv", not there yet']);
  const damaged = await checkState(ports({
    inspect: () => Promise.resolve({ sizeBytes: 1, damage: "file is not a database", checked: true }),
    tryOut: refuse,
  }));
  assert.deepEqual([damaged.status, damaged.detail], [
    "problem",
    '"/state/state.kv" is damaged: file is not a database',
  ]);
  assert.match(damaged.hints?.[0] ?? "", /mm history list$/);
});

Deno.test("checkState() names the flag when the process has no Deno KV", async () => {
  const without = ports({ isEnabled: false, inspect: refuse, tryOut: refuse, kinds: refuse });
  const finding = await checkState(without);
  assert.deepEqual([finding.status, finding.hints], ["problem", ["Add the flag: deno run --unstable-kv …"]]);
  assert.equal((await checkRecords(without)).skipped, true);
});

Deno.test("checkState() tries a server out, without looking for a file", async () => {
  const remote = { location: "https://kv.test", isFile: false, inspect: refuse };
  assert.match((await checkState(ports(remote))).detail, /^"https:\/\/kv\.test", opens/);
  await assert.rejects(checkState(ports({ ...remote, tryOut: refuse })));
});

Deno.test("checkRecords() warns of records that a newer program has written", async () => {
  const well = await checkRecords(ports());
  assert.deepEqual([well.status, well.detail, well.more], ["ok", "history, files", [
    "history, version 1",
    "files",
  ]]);
  const newer = await checkRecords(ports({ kinds: () => Promise.resolve([{ kind: "jobs", version: 2 }]) }));
  assert.deepEqual([newer.status, newer.hints], ["warning", ["See which one this is: mm version"]]);
  const damaged = await checkRecords(ports({
    inspect: () => Promise.resolve({ sizeBytes: 1, damage: "malformed", checked: true }),
    kinds: refuse,
  }));
  assert.equal(damaged.skipped, true);
  assert.equal((await checkRecords(ports({ kinds: refuse }))).skipped, true);
});
