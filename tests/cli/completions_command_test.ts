import assert from "node:assert/strict";
import { SHELLS } from "../../cli/completion/reply.ts";
import { completionScript, installLines } from "../../cli/completion/scripts.ts";
import { runTestCli } from "../support/run_cli.ts";

Deno.test("mm completions prints a script that begins with how to install it", async () => {
  for (const shell of SHELLS) {
    const { code, stdout, stderr } = await runTestCli(["completions", shell]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout, completionScript(shell));
    const { now, always } = installLines(shell);
    assert.ok(stdout.includes(`#   ${now}\n`) && stdout.includes(`#   ${always}\n`), stdout);
    assert.ok(stdout.includes(`mm`) && stdout.includes(`complete ${shell}`), stdout);
    assert.doesNotMatch(stdout, /@(?:NAME|ID)@|\\\$\{/, "everything has been filled in");
  }
});

Deno.test("mm completions --json gives script and lines to a program, and a terminal is told what to do", async () => {
  const { stdout } = await runTestCli(["completions", "zsh", "--json"]);
  const document = JSON.parse(stdout);
  assert.equal(document.script, completionScript("zsh"));
  assert.deepEqual(document.install, installLines("zsh"));
  const shown = await runTestCli(["completions", "fish"], { terminal: { columns: 80 } });
  assert.match(shown.stderr, /hint: For this session: mm completions fish \| source/);
});

Deno.test("the lines to install completions stay whole on 80 columns, and stand in the guide", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/completions.md", import.meta.url));
  const help = await runTestCli(["completions", "--help"], { terminal: { columns: 80 } });
  for (const shell of SHELLS) {
    const { now, always } = installLines(shell);
    for (const line of [now, always]) assert.ok(page.includes(`\`${line.replaceAll("|", "\\|")}\``), line);
    const { stdout, stderr } = await runTestCli(["completions", shell], { terminal: { columns: 80 } });
    assert.equal(stdout, completionScript(shell), "a script that is copied from the screen is not broken");
    for (const command of always.split("; ")) {
      assert.ok(help.stdout.includes(`\n    ${command}\n`), help.stdout);
      assert.ok(stderr.includes(` ${command}\n`), stderr);
    }
  }
});

Deno.test("mm completions --name makes the script for a program of another name, and takes nothing but a name", async () => {
  const { stdout } = await runTestCli(["completions", "bash", "--name", "my-models.2"]);
  assert.match(stdout, /^complete -o nospace -F _my_models_2_complete my-models\.2$/m);
  assert.match(stdout, /my-models\.2 complete bash /);
  for (const name of ["a;b", "$(x)", "", "-x", "a b", "../x", "a\nb"]) {
    const run = await runTestCli(["completions", "bash", `--name=${name}`]);
    assert.equal(run.code, 2, name);
    assert.match(run.stderr, /wanted the name of a program/);
  }
});

Deno.test("mm completions says which shells there are", async () => {
  const unknown = await runTestCli(["completions", "tcsh"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /bash, zsh, fish, powershell/);
  assert.equal((await runTestCli(["completions"])).code, 2);
});

Deno.test("the script for PowerShell is balanced, and calls nothing that it was answered", () => {
  const script = completionScript("powershell");
  const code = script.replace(/^#.*$/gm, "").replace(/'[^']*'/g, "");
  for (const [open, close] of ["{}", "()", "[]"]) {
    assert.equal(code.split(open ?? "").length, code.split(close ?? "").length, `${open} and ${close}`);
  }
  assert.doesNotMatch(code, /Invoke-Expression|\biex\b/);
  assert.match(script, /Register-ArgumentCompleter -Native -CommandName 'mm'/);
});
