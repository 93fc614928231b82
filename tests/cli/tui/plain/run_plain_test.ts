import assert from "node:assert/strict";
import { type CliRun, type CliRunOptions, runTestCli } from "../../../support/run_cli.ts";
import { systemClock } from "../../../../core/base/clock.ts";
import { FakeTerminal } from "../../../support/fake_terminal.ts";

/** Typed by a person; what they see between the prompts, line by line. */
async function plain(
  input: readonly string[],
  options: CliRunOptions = {},
): Promise<CliRun & { told: string[] }> {
  const run = await runTestCli(["tui", "--plain"], {
    terminal: { columns: 80, input },
    environment: { LANG: "C.UTF-8" },
    clock: systemClock,
    ...options,
  });
  return { ...run, told: run.stdout.split(/^> |(?<=> )> /m).map((part) => part.trim()) };
}

Deno.test("mm tui --plain tells screens and does what is typed", async () => {
  const run = await plain([
    "help",
    "2",
    "back",
    "delete 1",
    "nonsense",
    "2",
    "nonsense",
    "delete 77",
    "quit",
  ]);
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  const [begin, help, details, back, remove, again, kept, unknown, beyond] = run.told;
  assert.match(begin ?? "", /^Model Manager, plain mode\. Type help .*\nLibrary:\n/);
  assert.match(begin ?? "", /^1\. acme\/clip/m);
  assert.match(help ?? "", /^On this screen \(Library\):$/m);
  assert.match(help ?? "", /^delete: Delete the model/m);
  assert.match(details ?? "", /^Details:\nModel: acme\/Llama-3\.2-3B-Instruct-GGUF$/m);
  assert.match(back ?? "", /^Library:$/m);
  assert.match(remove ?? "", /^Question: Delete acme\/clip.* \(something is lost by it\)$/m);
  assert.match(remove ?? "", /^Answers:\n1\. Delete/m);
  assert.match(again ?? "", /^Not understood\.\nQuestion: /);
  assert.doesNotMatch(kept ?? "", /Question|Not understood/);
  assert.match(unknown ?? "", /^Not understood: nonsense\. Type help/);
  assert.match(beyond ?? "", /^There is no row 77$/m);
});

Deno.test("mm tui --plain searches, and opens what was found", async () => {
  const run = await plain(["search llama", "1", "quit"]);
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  const [, search, details] = run.told;
  assert.match(search ?? "", /^Search:\nSearch: llama$/m);
  assert.match(search ?? "", /^1\. acme\/Llama/m);
  assert.match(details ?? "", /^Details:\nModel: acme\/Llama/m);
});

Deno.test("mm tui --plain types into the field of a list, and goes on with what is left of it", async () => {
  const run = await plain(["filter", "clip", "1", "quit"]);
  const [, field, filtered, details] = run.told;
  assert.equal(field, "Type the text, or a command after a colon.");
  assert.match(filtered ?? "", /Filter "clip": 1 of 2/);
  assert.match(filtered ?? "", /^1\. acme\/clip/m);
  assert.match(details ?? "", /^Details:$/m);
});

Deno.test("mm tui --plain works through pipes, without prompts", async () => {
  const run = await plain(["downloads", "quit"], { terminal: { input: ["downloads", "quit"] } });
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  assert.match(run.stdout, /^Downloads:$/m);
  assert.doesNotMatch(run.stdout, /^> /m);
});

Deno.test("mm tui --plain ends with its input, and when nobody reads any more", async () => {
  const run = await plain([]);
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  const unread = await plain(["again", "again", "quit"], {
    terminal: { input: ["again", "again", "quit"], closeAfterWrites: 2 },
  });
  assert.deepEqual([unread.code, unread.stderr], [0, ""]);
});

Deno.test("Ctrl+C ends the plain mode while it waits for a line", async () => {
  const terminal = new FakeTerminal({ columns: 80 });
  terminal.readLine = ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      terminal.send("SIGINT");
    });
  const run = await plain([], { terminal });
  assert.deepEqual([run.code, run.stderr], [130, ""]);
});

Deno.test("mm tui --plain never writes a control character", async () => {
  const run = await plain([
    "downloads",
    "history",
    "settings",
    "logs",
    "schedules",
    "search x",
    "help",
    "quit",
  ], {
    terminal: {
      columns: 80,
      input: ["downloads", "history", "settings", "logs", "schedules", "search x", "quit"],
    },
  });
  assert.equal(run.code, 0);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(run.stdout, /[\x00-\x09\x0b-\x1f\x7f]/);
  assert.match(run.stdout, /^> /m, "a person is asked for the next line");
});

Deno.test("mm tui --plain says what goes wrong, with what to do", async () => {
  const { ModelManagerError } = await import("../../../../core/base/errors.ts");
  const run = await plain(["again", "quit"], {
    manager: {
      list: () =>
        Promise.reject(
          new ModelManagerError("FAILED", "The registry is gone", { hints: ["Look: mm doctor"] }),
        ),
    },
  });
  assert.equal(run.code, 0);
  assert.match(run.stdout, /^Error: The registry is gone\nHint: Look: mm doctor$/m);
});

Deno.test("a question of mm tui --plain takes help and quit", async () => {
  const run = await plain(["delete 1", "help", "quit", "again"]);
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  const [, question, help, after] = run.told;
  assert.match(question ?? "", /^Question: Delete acme\/clip/m);
  assert.match(help ?? "", /^cancel leaves the question, quit leaves the program\.\nQuestion: Delete/m);
  assert.equal(after ?? "", "", "it has ended");
});
