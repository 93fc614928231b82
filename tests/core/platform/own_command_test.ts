import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { VERSION } from "../../../core/base/version.ts";
import { ownCommand, programForm } from "../../../core/platform/own_command.ts";

const ABSOLUTE = Deno.build.os === "windows" ? "C:\\" : "/";
const DENO = `${ABSOLUTE}opt/deno`;
const RUN = ["run", "-A", "--unstable-kv", "--unstable-worker-options"];

function facts(mainModule: string) {
  return { standalone: false, execPath: DENO, mainModule };
}

Deno.test("ownCommand() is what runs this very program again", () => {
  const { program, args, isScript } = ownCommand();
  ok(isAbsolute(program));
  deepStrictEqual([isScript, args.slice(0, 3)], [true, ["run", "-A", "--unstable-kv"]]);
  ok(isAbsolute(args.at(-1) ?? ""), "a path, not an address");
  strictEqual(programForm(), "source");
});

Deno.test("ownCommand() of a source tree has its path, blanks and all", () => {
  const path = `${ABSOLUTE}my models${ABSOLUTE.at(-1)}main.ts`;
  const source = facts(pathToFileURL(path).href);
  strictEqual(programForm(source), "source");
  deepStrictEqual(ownCommand(source), { program: DENO, args: [...RUN, path], isScript: true });
});

Deno.test("ownCommand() of a package from JSR is the version that runs, wherever somebody is", () => {
  // As Deno names what it was given: by deno run and deno x, and in the script that deno install makes.
  const cases = {
    "jsr:@model-manager/mm": `jsr:@model-manager/mm@${VERSION}`,
    "jsr:/@model-manager/mm@^0.1.0": `jsr:@model-manager/mm@${VERSION}`,
    "jsr:@model-manager/mm@0.1/cli": `jsr:@model-manager/mm@${VERSION}/cli`,
    "jsr:@model-manager/mm/cli": `jsr:@model-manager/mm@${VERSION}/cli`,
    "https://packages.test/@model-manager/mm/0.1.0/mod.ts":
      "https://packages.test/@model-manager/mm/0.1.0/mod.ts",
  };
  for (const [given, expected] of Object.entries(cases)) {
    strictEqual(programForm(facts(given)), "remote");
    deepStrictEqual(ownCommand(facts(given)), {
      program: DENO,
      args: [...RUN, "--no-config", expected],
      isScript: true,
    });
  }
});

Deno.test("ownCommand() of a package from npm has the path of its JavaScript", () => {
  const path = [ABSOLUTE.slice(0, -1), "lib", "node_modules", "@model-manager", "mm", "main.js"]
    .join(ABSOLUTE.at(-1));
  const npm = facts(pathToFileURL(path).href);
  strictEqual(programForm(npm), "npm");
  const args = [...RUN, "--node-modules-dir=manual", path];
  deepStrictEqual(ownCommand(npm), { program: DENO, args, isScript: true });
});

Deno.test("ownCommand() of a binary is the binary, with nothing for Deno", () => {
  const binary = { standalone: true, execPath: `${ABSOLUTE}usr/bin/mm`, mainModule: "" };
  strictEqual(programForm(binary), "binary");
  deepStrictEqual(ownCommand(binary), { program: `${ABSOLUTE}usr/bin/mm`, args: [], isScript: false });
});
