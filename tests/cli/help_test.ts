import assert from "node:assert/strict";
import { COMMANDS } from "../../cli/command_list.ts";
import { formatRun, runTestCli } from "../support/run_cli.ts";

const NESTED: Readonly<Record<string, readonly string[]>> = {
  history: ["list", "show", "stats", "export", "clear"],
  queue: ["list", "add", "pause", "resume", "retry", "cancel", "priority", "move", "clear", "run"],
  service: ["print", "install", "uninstall"],
  cache: ["info", "clear"],
  config: ["show", "get", "set", "unset", "reset", "export", "path", "validate", "edit"],
};
const TOPICS = COMMANDS.flatMap((
  { name },
) => [[name], ...(NESTED[name] ?? []).map((inner) => [name, inner])]);

for (const columns of [100, 60]) {
  Deno.test(`mm --help fits ${columns} columns and goes to standard output`, async (t) => {
    const run = await runTestCli(["--help"], { terminal: { columns } });
    assert.equal(run.stderr, "");
    await t.assertSnapshot(formatRun(["--help"], run));
  });

  for (const topic of TOPICS) {
    Deno.test(`mm ${topic.join(" ")} --help fits ${columns} columns`, async (t) => {
      const args = [...topic, "--help"];
      const run = await runTestCli(args, { terminal: { columns } });
      assert.equal(run.code, 0);
      await t.assertSnapshot(formatRun(args, run));
    });
  }
}

Deno.test("mm without arguments shows the help", async () => {
  const bare = await runTestCli([]);
  assert.deepEqual([bare.code, bare.stdout], [0, (await runTestCli(["--help"])).stdout]);
  assert.ok(bare.stdout.startsWith("Usage: mm "));
});

Deno.test("mm help COMMAND shows what mm COMMAND --help shows", async () => {
  for (const topic of TOPICS) {
    const help = await runTestCli(["help", ...topic]);
    assert.equal(help.code, 0);
    if (topic[0] === "help") assert.ok(help.stdout.startsWith("Usage: mm [options]"));
    else assert.equal(help.stdout, (await runTestCli([...topic, "--help"])).stdout, topic.join(" "));
  }
});

Deno.test("mm COMMAND help shows what mm COMMAND --help shows, and is no misuse", async () => {
  for (const [command, [inner = ""]] of Object.entries(NESTED)) {
    for (const words of [[], [inner]]) {
      const help = await runTestCli([command, "help", ...words]);
      const page = await runTestCli([command, ...words, "--help"]);
      assert.deepEqual([help.code, help.stdout, help.stderr], [0, page.stdout, ""], `${command} ${words}`);
    }
  }
  const unknown = await runTestCli(["queue", "help", "xyzzy"]);
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /There is no command "xyzzy"[^]*mm queue --help/);
});

Deno.test("help for a command that does not exist is misuse, with the command that was meant", async () => {
  for (const args of [["help", "serch"], ["serch", "--help"], ["--json", "serch", "-h"]]) {
    const run = await runTestCli(args);
    assert.equal(run.code, 2, args.join(" "));
    assert.match(run.stdout + run.stderr, /There is no command \\?"serch\\?"/);
    assert.match(run.stdout + run.stderr, /See the commands: mm --help/);
  }
  assert.match((await runTestCli(["help", "serch"])).stderr, /Did you mean mm help search\?/);
});
