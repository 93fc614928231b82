import assert from "node:assert/strict";
import { ENVIRONMENT_VARIABLES, SETTING_FIELDS } from "../../core/config/mod.ts";
import { listFiles, PROGRAM, readSource } from "../arch/source_scan.ts";
import { PAGES } from "./pages.ts";

for (const { url, render } of PAGES) {
  const name = url.pathname.split("/").slice(url.pathname.endsWith(".ts") ? -3 : -2).join("/");
  Deno.test(`${name} is what the program is: else run deno task docs`, async () => {
    const found = await Deno.readTextFile(url).catch(() => "");
    assert.equal(found, await render(), `${name} is out of date: deno task docs`);
  });
}

/** By the runtime, for its own requests. */
const READ_BY_DENO: ReadonlySet<string> = new Set(["DENO_CERT", "NODE_EXTRA_CA_CERTS", "ALL_PROXY"]);

Deno.test("every variable of the table is read somewhere, and those that are said to have no effect are not", () => {
  const sources = listFiles([...PROGRAM, "main.ts"], /\.tsx?$/)
    .filter((path) => path !== "core/config/env_vars.ts" && path !== "core/daemon/service/service_spec.ts")
    .map(readSource).join("\n") +
    // Of this file, the functions: what stands below the table.
    readSource("core/config/env_vars.ts").split("export type Environment")[1];
  for (const { name, setting, idle } of ENVIRONMENT_VARIABLES) {
    const isRead = setting !== undefined || READ_BY_DENO.has(name) ||
      new RegExp(`\\b${name}\\b`).test(sources);
    assert.equal(isRead, idle !== true, name);
  }
});

Deno.test("every setting is explained in a way that fits into a table", () => {
  for (const [path, { description }] of Object.entries(SETTING_FIELDS)) {
    assert.match(description, /^[A-Z][^\n]*[^.]$/, path);
  }
});
