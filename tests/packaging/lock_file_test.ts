import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { DEVELOPMENT_PACKAGES } from "../../packaging/embedding.ts";
import { withoutPackages } from "../../packaging/lock_file.ts";

const LOCK = {
  version: "5",
  specifiers: { "npm:@types/react@19": "19.3.0", "npm:ink@8": "8.0.0_@types+react@19.3.0_react@19.3.1" },
  npm: {
    "@types/react@19.3.0": { integrity: "a", dependencies: ["csstype"] },
    "csstype@3.2.4": { integrity: "b" },
    "ink@8.0.0_@types+react@19.3.0_react@19.3.1": {
      integrity: "c_d+e==",
      dependencies: ["@types/react", "react"],
      optionalPeers: ["@types/react"],
    },
    "react@19.3.1": { integrity: "f" },
  },
  workspace: { dependencies: ["npm:ink@8"] },
};

Deno.test("withoutPackages() removes packages, what names them, and them as somebody's peers", () => {
  deepStrictEqual(JSON.parse(withoutPackages(JSON.stringify(LOCK), ["@types/react", "csstype"])), {
    version: "5",
    specifiers: { "npm:ink@8": "8.0.0_react@19.3.1" },
    npm: {
      "ink@8.0.0_react@19.3.1": { integrity: "c_d+e==", dependencies: ["react"], optionalPeers: [] },
      "react@19.3.1": { integrity: "f" },
    },
    workspace: { dependencies: ["npm:ink@8"] },
  });
});

Deno.test("withoutPackages() keeps everything else of our lock file as it is", async () => {
  const text = await readFile(new URL("../../deno.lock", import.meta.url), "utf8");
  deepStrictEqual(JSON.parse(withoutPackages(text, [])), JSON.parse(text));
  const pruned = withoutPackages(text, DEVELOPMENT_PACKAGES);
  for (const name of DEVELOPMENT_PACKAGES) strictEqual(pruned.includes(`"${name}@`), false, name);
});
