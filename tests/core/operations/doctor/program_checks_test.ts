import assert from "node:assert/strict";
import {
  checkPermission,
  checkVersions,
  type IsGranted,
  permissionWishes,
} from "../../../../core/operations/doctor/program_checks.ts";

const FACTS = {
  mm: "1.2.3",
  form: "source",
  deno: "2.9.6",
  v8: "15.0.245.2-rusty",
  typescript: "6.0.3",
  os: "linux",
  arch: "x86_64",
  osRelease: "6.1",
} as const;

Deno.test("checkVersions() names what the program runs on, and an older Deno as a warning", () => {
  assert.deepEqual(checkVersions(FACTS), {
    status: "ok",
    detail: "mm 1.2.3, Deno 2.9.6, V8 15.0.245.2, linux x86_64",
    more: ["runs from its source tree", "TypeScript 6.0.3", "system 6.1"],
  });
  for (const deno of ["2.10.0", "3.0.0"]) assert.equal(checkVersions({ ...FACTS, deno }).status, "ok", deno);
  for (const deno of ["2.8.9", "1.46.0"]) {
    const finding = checkVersions({ ...FACTS, deno });
    assert.deepEqual([finding.status, finding.hints], ["warning", ["Renew it: deno upgrade"]], deno);
  }
  // Who has the binary has no Deno to renew.
  const binary = checkVersions({ ...FACTS, form: "binary", deno: "2.8.9" });
  assert.deepEqual(binary.hints, ["Deno is in the binary: install the newest release of mm"]);
  assert.deepEqual(binary.more?.[0], "runs from a single binary");
});

function granted(...rights: readonly string[]): IsGranted {
  return (name, scope) =>
    rights.includes(name) || (scope !== undefined && rights.includes(`${name}=${scope}`));
}

const NET = { name: "net", scopes: ["huggingface.co", "*.hf.co"], loss: "no Hub", vital: true } as const;

Deno.test("checkPermission() knows all, some and none of a right", () => {
  assert.deepEqual(checkPermission(NET, granted("net")), { status: "ok", detail: "granted" });
  const scoped = checkPermission(NET, granted("net=huggingface.co", "net=any.hf.co"));
  assert.deepEqual([scoped.status, scoped.detail], ["ok", "granted for huggingface.co, *.hf.co"]);
  assert.deepEqual(checkPermission(NET, granted("net=huggingface.co")), {
    status: "problem",
    detail: "not granted for *.hf.co: no Hub",
    hints: ["Grant it: deno run --allow-net=huggingface.co,*.hf.co …, or everything: deno run -A …"],
  });
  assert.equal(checkPermission({ ...NET, vital: false }, granted()).status, "warning");
  assert.equal(checkPermission({ ...NET, scopes: [] }, granted()).status, "ok");
});

Deno.test("checkPermission() does not write flags that nobody types", () => {
  const scopes = Array.from({ length: 40 }, (_, index) => `VARIABLE_${index}`);
  const finding = checkPermission({ name: "env", scopes, loss: "unset", vital: false }, granted());
  assert.equal(finding.detail, "not granted for VARIABLE_0, VARIABLE_1, VARIABLE_2 and 37 more: unset");
  assert.match(finding.hints?.[0] ?? "", /deno run --allow-env …/);
  const unknown = checkPermission({ ...NET, scopes: undefined }, granted());
  assert.deepEqual([unknown.status, unknown.detail], ["problem", "not granted: no Hub"]);
});

Deno.test("permissionWishes() asks for folders, hosts and variables, and never for ffi", () => {
  const wishes = permissionWishes({
    folders: ["/models", "/state"],
    tokenFile: "/hf/token",
    hosts: ["hub:1"],
    variables: ["HOME"],
  });
  const scopes = Object.fromEntries(wishes.map(({ name, scopes }) => [name, scopes]));
  assert.deepEqual(scopes["read"], ["/models", "/state", "/hf/token"]);
  assert.deepEqual([scopes["write"], scopes["net"], scopes["env"], scopes["ffi"]], [
    ["/models", "/state"],
    ["hub:1"],
    ["HOME"],
    [],
  ]);
  const nobody = permissionWishes({ folders: undefined, tokenFile: undefined, hosts: [], variables: [] });
  assert.equal(nobody.find(({ name }) => name === "read")?.scopes, undefined);
});
