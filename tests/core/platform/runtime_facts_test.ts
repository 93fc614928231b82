import assert from "node:assert/strict";
import {
  isGranted,
  openFileLimit,
  PERMISSION_NAMES,
  runtimeFacts,
} from "../../../core/platform/runtime_facts.ts";
import { runDeno } from "../../support/run_deno.ts";

Deno.test("runtimeFacts() names the versions", () => {
  const { deno, os, v8 } = runtimeFacts();
  assert.deepEqual([deno, os, v8], [Deno.version.deno, Deno.build.os, Deno.version.v8]);
});

Deno.test("isGranted() knows all rights of this process, and single ones of another", async () => {
  assert.deepEqual(PERMISSION_NAMES.filter((name) => !isGranted(name)), []);
  const module = new URL("../../../core/platform/runtime_facts.ts", import.meta.url);
  const script = `
    import { isGranted, openFileLimit, runtimeFacts } from ${JSON.stringify(module.href)};
    const asked = [["read"], ["read", "/tmp/x"], ["read", "/etc"], ["net"], ["net", "a.test"], ["net", "a.test:1"],
      ["env", "HOME"], ["env"], ["sys", "hostname"], ["run", "ls"], ["ffi"], ["write", "/tmp"]];
    console.log(JSON.stringify(asked.filter(([name, scope]) => isGranted(name, scope)).map((pair) => pair.join(" "))));
    console.log(runtimeFacts().osRelease, openFileLimit());
  `;
  const flags = [
    "--no-prompt",
    "--allow-read=/tmp",
    "--allow-net=a.test",
    "--allow-env=HOME",
    "--allow-sys=hostname",
  ];
  const { code, stdout, stderr } = await runDeno(script, [], { flags });
  assert.equal(code, 0, stderr);
  const [granted = "", rest] = stdout.split("\n");
  assert.deepEqual(JSON.parse(granted), [
    "read /tmp/x",
    "net a.test",
    "net a.test:1",
    "env HOME",
    "sys hostname",
  ]);
  assert.equal(rest, "undefined undefined");
});

Deno.test("openFileLimit() is a number where the system tells", { ignore: Deno.build.os !== "linux" }, () => {
  const limit = openFileLimit();
  assert.ok(limit !== undefined && limit > 0, String(limit));
});
