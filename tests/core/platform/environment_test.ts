import assert from "node:assert/strict";
import { readEnvironment } from "../../../core/platform/environment.ts";
import { runDeno } from "../../support/run_deno.ts";

const MODULE = JSON.stringify(new URL("../../../core/platform/environment.ts", import.meta.url).href);
const SCRIPT = `import { readEnvironment } from ${MODULE};
  console.log(JSON.stringify(readEnvironment({ names: ["NO_COLOR", "HF_TOKEN"] })));`;

Deno.test("readEnvironment() tells variables and who we are", () => {
  const environment = readEnvironment();
  assert.equal(environment.variables.PATH, Deno.env.get("PATH"));
  assert.deepEqual([environment.os, environment.pid, environment.hostname], [
    Deno.build.os,
    Deno.pid,
    Deno.hostname(),
  ]);
  if (Deno.build.os === "linux") assert.match(environment.bootId ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(readEnvironment().bootId, environment.bootId);
});

Deno.test("readEnvironment() reads what it may, without asking and without failing", async () => {
  const read = async (...flags: readonly string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await runDeno(SCRIPT, [], { flags });
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  };
  assert.deepEqual((await read("--no-prompt")).variables, {});
  const scoped = await read("--no-prompt", "--allow-env=NO_COLOR");
  assert.deepEqual(scoped.variables, { NO_COLOR: "1" });
  assert.equal(scoped.hostname, "unknown");
  assert.equal(scoped.bootId, undefined);
});
