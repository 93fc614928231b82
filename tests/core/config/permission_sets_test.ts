import assert from "node:assert/strict";
import { ENVIRONMENT_VARIABLES } from "../../../core/config/mod.ts";
import {
  NEEDS_ALL,
  PERMISSION_SETS,
  permissionConfig,
  permissionFlags,
  type PermissionPlaces,
  permissionSetFor,
  PERMITTED_VARIABLES,
} from "../../../core/config/permission_sets.ts";
import { PROXY_ENVIRONMENT } from "../../../core/http/proxy.ts";
import { CERTIFICATE_ENVIRONMENT } from "../../../core/platform/certificates.ts";
import { commandTree } from "../../support/command_tree.ts";

const CONFIG = JSON.parse(await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)));

Deno.test("the sets in deno.json are those of the table: else run deno task permissions --write", () => {
  const wanted = Object.fromEntries(PERMISSION_SETS.map((set) => [set.name, permissionConfig(set)]));
  assert.deepEqual(CONFIG.permissions, wanted);
});

Deno.test("every variable that is read is in every set", () => {
  const names = [
    ...ENVIRONMENT_VARIABLES.map(({ name }) => name),
    ...PROXY_ENVIRONMENT,
    ...CERTIFICATE_ENVIRONMENT,
    ...["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "COLORTERM", "TERM_PROGRAM", "LC_ALL"],
  ];
  const permitted = (name: string): boolean =>
    PERMITTED_VARIABLES.some((entry) =>
      entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry
    );
  assert.deepEqual(names.filter((name) => !permitted(name)), []);
  for (const secret of ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "PATH"]) {
    assert.equal(permitted(secret), false, secret);
  }
});

Deno.test("no set lets programs be run or libraries be loaded", () => {
  for (const set of PERMISSION_SETS) {
    const config = permissionConfig(set);
    assert.deepEqual(Object.keys(config).sort(), ["env", "net", "read", "sys", "write"], set.name);
    const flags = permissionFlags(set, { folders: ["/m"], readOnly: [], sockets: ["/s"], hosts: ["h"] });
    assert.ok(!flags.some((flag) => /-A|--allow-(?:all|run|ffi)/.test(flag)), set.name);
    assert.equal(flags[0], "--no-prompt");
  }
});

Deno.test("permissionSetFor() knows a set for each command, or why there is none", async () => {
  const { commands } = await commandTree();
  for (const { names, isGroup } of commands) {
    if (isGroup) continue;
    const needsAll = NEEDS_ALL.some(({ command }) => command === names.join(" "));
    assert.equal(permissionSetFor(names) === undefined, needsAll, names.join(" "));
  }
  assert.equal(permissionSetFor(["queue", "add"])?.name, "daemon");
  assert.equal(permissionSetFor(["sync", "--frozen"])?.name, "ci");
  assert.equal(permissionSetFor(["start", "--foreground"])?.name, "daemon");
});

Deno.test("permissionFlags() names folders, sockets and hosts; where they have commas, what is above", () => {
  const places: PermissionPlaces = {
    folders: [".", "/disk/my,models", "/disk/a,b/state"],
    readOnly: ["/src"],
    sockets: ["/s/c.sock"],
    hosts: ["h:1"],
  };
  const of = (name: string, given = places): string[] => {
    const set = PERMISSION_SETS.find((one) => one.name === name);
    assert.ok(set !== undefined);
    return permissionFlags(set, given);
  };
  assert.ok(of("pull").includes("--allow-read=.,/disk,/src"));
  assert.ok(of("pull").includes("--allow-write=.,/disk"));
  assert.ok(of("pull").includes("--allow-net=h:1"));
  assert.ok(of("daemon").includes("--allow-net=h:1,localhost,unix:/s/c.sock"));
  assert.ok(of("daemon", { ...places, sockets: ["/s/a,b/c.sock"] }).includes("--allow-net"));
  assert.ok(of("ci").includes("--allow-write=.mm"));
  assert.ok(of("ci", { ...places, written: ["/disk/mm"] }).includes("--allow-write=.mm,/disk/mm"));
});
