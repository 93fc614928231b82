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
  assert.deepEqual(environment.refused, []);
  if (Deno.build.os === "linux") assert.match(environment.bootId ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(readEnvironment().bootId, environment.bootId);
});

Deno.test("readEnvironment() reads what it may, without asking and without failing", async () => {
  const read = async (...flags: readonly string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await runDeno(SCRIPT, [], { flags });
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  };
  const without = await read("--no-prompt");
  assert.deepEqual(without.variables, {});
  assert.ok((without.refused as string[]).includes("HOME"));
  assert.ok(!((await read("--no-prompt", "--allow-env=HOME")).refused as string[]).includes("HOME"));
  const scoped = await read("--no-prompt", "--allow-env=NO_COLOR");
  assert.deepEqual(scoped.variables, { NO_COLOR: "1" });
  assert.equal(scoped.hostname, "unknown");
  assert.equal(scoped.bootId, undefined);
});

Deno.test("applyNoProxy() asks every host without a proxy, addresses too, when NO_PROXY says *", async () => {
  const script = `import { applyNoProxy } from ${MODULE};
    applyNoProxy();
    console.log(JSON.stringify([Deno.env.get("HTTP_PROXY"), Deno.env.get("https_proxy")].map((one) => one ?? null)));`;
  const proxies = { HTTP_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };
  const read = async (exceptions: string): Promise<unknown> => {
    const { stdout, stderr } = await runDeno(script, [], {
      flags: ["--allow-env"],
      env: { ...proxies, NO_PROXY: exceptions },
    });
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  };
  assert.deepEqual(await read("localhost, *"), [null, null]);
  assert.deepEqual(await read("localhost,*.test"), ["http://127.0.0.1:9", "http://127.0.0.1:9"]);
});
