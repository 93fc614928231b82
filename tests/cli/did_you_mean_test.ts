import assert from "node:assert/strict";
import { runTestCli } from "../support/run_cli.ts";

/** What was typed, and the advice. */
const SLIPS: readonly (readonly [readonly string[], string])[] = [
  [["serch", "x"], "Did you mean mm search?"],
  [["downlaod", "a/b"], "Did you mean mm download?"],
  [["sechdule", "list"], "Did you mean mm schedule?"],
  [["queue", "lst"], "Did you mean mm queue list?"],
  [["help", "queue", "lst"], "Did you mean mm help queue list?"],
  [["help", "pull", "list"], "See how it is used: mm pull --help"],
  [["queue", "help", "lst"], "Did you mean mm queue help list?"],
  // What other tools call it.
  [["install", "a/b"], "Did you mean mm pull?"],
  [["delete", "a/b"], "Did you mean mm remove?"],
  [["info", "a/b"], "Did you mean mm show?"],
  [["add", "a/b"], "Did you mean mm queue add?"],
  [["pull", "a/b", "--conections", "4"], "Did you mean --connections?"],
  [["--endpont", "x", "list"], "Did you mean --endpoint?"],
  [["list", "--sort", "siez"], "Did you mean --sort size?"],
  [["history", "list", "--status", "complete"], "Did you mean --status completed?"],
  [["import", "--from", "olama"], "Did you mean --from ollama?"],
  [["pull", "a/b", "--to", "hf-cahce"], "Did you mean --to hf-cache?"],
  [["link", "a/b", "--into", "Ollama"], "Did you mean --into ollama?"],
  [["queue", "list", "--status", "pendng"], 'Did you mean "pending"?'],
  [["queue", "priority", "hgih", "1"], 'Did you mean "high"?'],
  [["queue", "move", "1", "frist"], 'Did you mean "first"?'],
  [["models", "add", "a/b", "--priority", "hihg"], 'Did you mean "high"?'],
  [["pull", "a/b", "--reuse", "lnik"], 'Did you mean "link"?'],
  [["config", "get", "download.conections"], 'Did you mean "download.connections"?'],
  [["config", "set", "log.level", "inof"], 'Did you mean "info" for log.level?'],
];

for (const [args, advice] of SLIPS) {
  Deno.test(`mm ${args.join(" ")}: ${advice}`, async () => {
    const run = await runTestCli(args);
    assert.equal(run.code, 2);
    const hints = run.stderr.split("\n").filter((line) => line.startsWith("hint: "));
    assert.equal(hints[0], `hint: ${advice}`);
  });
}

Deno.test("mm tui names the screen that was meant", async () => {
  const run = await runTestCli(["tui", "libary"], { terminal: { columns: 100 } });
  assert.equal(run.code, 2);
  assert.match(run.stderr, /hint: Did you mean "library"\?/);
});

Deno.test("a folder with a path, or with a name that is like nothing, is taken as it is", async () => {
  for (const place of ["./olama", "/mnt/ollam", "C:\\olama", "~/hf-cahe", "backup"]) {
    const run = await runTestCli(["link", "a/b", "--into", place]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal((await runTestCli(["pull", "a/b", "--to", place])).code, 0, place);
  }
});

Deno.test("nothing is suggested for what is like nothing", async () => {
  for (const args of [["xyzzy"], ["list", "--sort", "weight"], ["list", "--plugh"], ["config", "get", "q"]]) {
    const run = await runTestCli(args);
    assert.equal(run.code, 2);
    assert.doesNotMatch(run.stderr, /Did you mean/, args.join(" "));
  }
});
