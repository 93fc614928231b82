/**
 * Programs that people use with the Hub, as the judges of `mm serve`. A missing one is left out, and said.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { canMakeMachines, playMachines } from "./clients/machines.ts";
import { missingClients, playMatrix } from "./clients/client_matrix.ts";
import { countOf, countsOnPage, PAGE, problemsOf, titleOf } from "./clients/client_table.ts";

const missing = missingClients();
const NOTE = missing.length === 0 ? "" : ` - LEFT OUT, as it is not installed: ${missing.join(", ")}`;

Deno.test({
  name: `other programs get equal bytes and the right answers from mm serve and its mirror mode${NOTE}`,
  ignore: Deno.build.os === "windows",
  async fn(t) {
    const cells = await playMatrix({ quick: true });
    ok(cells.length > 0);
    deepStrictEqual(problemsOf(cells), []);
    await t.step("docs/clients.md has these numbers: else run deno task clients --write", async () => {
      const page = countsOnPage(await readFile(PAGE, "utf8"));
      for (const { client, column, checks } of cells) {
        const name = `${client}, ${titleOf(column)}`;
        strictEqual(page.get(name), countOf(checks), name);
      }
    });
  },
});

const CAN_MAKE_MACHINES = canMakeMachines();
const MACHINES_NOTE = CAN_MAKE_MACHINES
  ? ""
  : " - SKIPPED: this system lets nobody make network namespaces (ip, unshare)";

Deno.test({
  name: `three machines that pull at once through a fourth take a file from the Hub once${MACHINES_NOTE}`,
  ignore: !CAN_MAKE_MACHINES,
  async fn() {
    const measured = await playMachines();
    const { fileBytes, upstreamBytes, machineBytes, gatedStatuses } = measured;
    ok(measured.equal, "everybody has the right bytes");
    strictEqual(measured.downloads, 1);
    ok(measured.joined >= 2, "they asked while it arrived");
    strictEqual(machineBytes.length, 3);
    for (const bytes of machineBytes) ok(bytes >= fileBytes, `a machine was given ${bytes} bytes`);
    // Headers of packets, questions, and the end of segments that another lane takes over.
    ok(upstreamBytes >= fileBytes && upstreamBytes < fileBytes * 1.15, `${upstreamBytes} bytes from the Hub`);
    deepStrictEqual(gatedStatuses, [401, 200, 401]);
  },
});
