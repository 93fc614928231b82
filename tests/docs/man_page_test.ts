import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { commandTree } from "../support/command_tree.ts";
import { escapeRoff } from "./man_page.ts";

const PAGE = fileURLToPath(new URL("../../docs/mm.1", import.meta.url));

interface Finished {
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program of the system says; `undefined`, said aloud, when it is not there. */
async function runTool(name: string, args: readonly string[], test: string): Promise<Finished | undefined> {
  try {
    const { stdout, stderr } = await new Deno.Command(name, {
      args: [...args],
      env: { MANWIDTH: "100", LC_ALL: "C.UTF-8" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`SKIPPED ${test}: ${name} is not installed\n`));
    return undefined;
  }
}

Deno.test("docs/mm.1 is rendered by man without a warning, with every command and option in it", async () => {
  const run = await runTool("man", ["--warnings", "-l", PAGE], "docs/mm.1 by man");
  if (run === undefined) return;
  assert.equal(run.stderr, "");
  // What is bold is struck twice.
  const text = run.stdout.replace(new RegExp(".\u0008", "g"), "");
  const { commands } = await commandTree();
  for (const { names, command } of commands) {
    if (names[0] === "demo") continue;
    assert.ok(text.includes(`   mm ${names.join(" ")}`), names.join(" "));
    for (const { long, hidden } of command.options) {
      assert.ok(hidden || text.includes(long ?? ""), `${names.join(" ")} ${long}`);
    }
  }
  for (const title of ["NAME", "SYNOPSIS", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES"]) {
    assert.match(text, new RegExp(`^${title}$`, "m"));
  }
  assert.match(text, /mm - find, download, verify/);
  assert.match(text, /-i '\*\.json' -x 'onnx\/\*'/, "quotes stay what can be typed");
});

Deno.test("docs/mm.1 has no mistake in the eyes of mandoc", async () => {
  const run = await runTool("mandoc", ["-T", "lint", "-W", "warning", PAGE], "docs/mm.1 by mandoc");
  // A date would be another one with every build.
  const said = run?.stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"));
  assert.deepEqual(said ?? [], []);
});

Deno.test("escapeRoff() leaves nothing that roff would take for itself", () => {
  assert.equal(
    escapeRoff(".SH a\\b --x 'y' `z`\n'quoted"),
    "\\&.SH a\\eb \\-\\-x \\(aqy\\(aq \\(gaz\\(ga\n\\(aqquoted",
  );
});
