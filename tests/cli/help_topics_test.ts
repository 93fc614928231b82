/**
 * `mm help` beyond the commands: pages, codes, settings, variables.
 *
 * @module
 */
import assert from "node:assert/strict";
import { COMMANDS } from "../../cli/command_list.ts";
import { ERROR_CODES } from "../../core/base/errors.ts";
import { ENVIRONMENT_VARIABLES, SETTING_PATHS } from "../../core/config/mod.ts";
import { TOPICS } from "../../cli/help/topic_list.ts";
import { runTestCli } from "../support/run_cli.ts";
import { filterOutput } from "../support/snapshot_filters.ts";

Deno.test("mm help TOPIC shows every topic, on standard output", async () => {
  for (const { name, file } of TOPICS) {
    const isCommand = COMMANDS.some((command) => command.name === name || command.alias === name);
    const run = await runTestCli(["help", isCommand ? file : name]);
    assert.deepEqual([run.code, run.stderr], [0, ""], name);
    assert.match(run.stdout, /^\S.*\n=+\n|^Exit codes\n/, name);
    assert.doesNotMatch(run.stdout, /<!--|\]\(\S*\.md/, `${name} is no Markdown any more`);
  }
});

Deno.test("mm help of a command that has a page says so, beside the help of the command", async () => {
  const both = TOPICS.filter(({ name }) => COMMANDS.some((command) => command.name === name));
  for (const { name, file } of both) {
    const run = await runTestCli(["help", name]);
    assert.equal(run.stdout, (await runTestCli([name, "--help"])).stdout);
    assert.match(run.stderr, new RegExp(`mm help ${file}`));
  }
});

Deno.test("mm help knows every error code, exit code, setting and variable", async () => {
  const variables = ENVIRONMENT_VARIABLES.map(({ name }) => name);
  for (const name of [...ERROR_CODES, ...SETTING_PATHS, ...variables]) {
    // As it is written, and in small letters where no topic has that name.
    const typed = TOPICS.some((topic) => topic.name === name.toLowerCase()) ? name : name.toLowerCase();
    const run = await runTestCli(["help", typed]);
    assert.equal(run.code, 0, name);
    assert.equal(run.stdout.split("\n")[0], name);
  }
  assert.match((await runTestCli(["help", "CI"])).stdout, /^CI\n/);
  assert.match((await runTestCli(["help", "ci"])).stdout, /^Models in CI\n/);
  const exit = await runTestCli(["help", "8"]);
  assert.match(exit.stdout, /^Exit code 8\n[^]*INSUFFICIENT_SPACE\n[^]*QUOTA_EXCEEDED\n/);
  assert.match((await runTestCli(["help", "0"])).stdout, /All went well\./);
  assert.match((await runTestCli(["help", "checksum", "mismatch"])).stdout, /^CHECKSUM_MISMATCH\n=+\n/);
  assert.match((await runTestCli(["help", "download.connections"])).stdout, /Variables: `MM_CONNECTIONS`/);
});

Deno.test("mm help lists the topics; with --json as one document, with --quiet as names", async () => {
  const bare = await runTestCli(["help"]);
  assert.match(bare.stdout, /^Usage: mm [^]*\nTopics:\n {2}references /);
  const topics = await runTestCli(["help", "topics"]);
  for (const { name, file, summary } of TOPICS) {
    // What is said to be typed shows the page, not a command that has its name.
    const [, typed = "", text] = new RegExp(`^  (${name}|${file}) {2,}(.*)$`, "m").exec(topics.stdout) ?? [];
    assert.equal(text, summary);
    assert.equal(JSON.parse((await runTestCli(["help", typed, "--json"])).stdout).topic, name);
  }
  const document = JSON.parse((await runTestCli(["help", "--json"])).stdout);
  assert.deepEqual(document.topics.map(({ name }: { name: string }) => name), TOPICS.map(({ name }) => name));
  assert.ok(document.commands.some(({ name }: { name: string }) => name === "pull"));
  assert.deepEqual(JSON.parse((await runTestCli(["--json"])).stdout), document, "without any command, too");
  const quiet = await runTestCli(["help", "topics", "--quiet"]);
  assert.equal(quiet.stdout, TOPICS.map(({ name }) => `${name}\n`).join(""));
});

Deno.test("mm help TOPIC --json holds the page as Markdown, --quiet is the Markdown", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/references.md", import.meta.url));
  const document = JSON.parse((await runTestCli(["help", "references", "--json"])).stdout);
  assert.deepEqual(document, { topic: "references", title: "References", markdown: page });
  assert.equal((await runTestCli(["help", "references", "-q"])).stdout, page);
});

Deno.test("mm help of what is unknown is misuse, with the topic that was meant", async () => {
  const meant: Readonly<Record<string, string>> = {
    refrences: "references",
    serch: "search",
    CHECKSUM_MISMACH: "CHECKSUM_MISMATCH",
    "download.conections": "download.connections",
    MM_CONECTIONS: "MM_CONNECTIONS",
    // The name without its group is a setting before it is like a variable; a beginning is better than nothing.
    limit_rate: "download.limit_rate",
    CHECKSUM: "CHECKSUM_MISMATCH",
  };
  for (const [typed, name] of Object.entries(meant)) {
    const run = await runTestCli(["help", typed]);
    assert.equal(run.code, 2, typed);
    assert.match(run.stderr, new RegExp(`There is no command "${typed}", and no topic of that name`));
    assert.ok(run.stderr.includes(`hint: Did you mean mm help ${name}?`), run.stderr);
    assert.match(run.stderr, /hint: See the topics: mm help topics/);
  }
  const json = await runTestCli(["help", "zzzzzz", "--json"]);
  assert.equal(JSON.parse(json.stdout).error.code, "USAGE_ERROR");
});

Deno.test("mm help --man is the manual page as it is", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/mm.1", import.meta.url));
  for (const terminal of [{}, { columns: 40 }]) {
    // The version is filtered out of what a test sees.
    assert.equal((await runTestCli(["help", "--man"], { terminal })).stdout, filterOutput(page, {}));
  }
});

Deno.test("a page fits the terminal, and has colors only where they are wanted", async () => {
  const narrow = await runTestCli(["help", "settings"], { terminal: { columns: 40 } });
  const wide = narrow.stdout.split("\n").filter((line) => line.length > 40 && !line.startsWith("    "));
  assert.deepEqual(wide, []);
  const color = await runTestCli(["help", "references"], {
    terminal: { columns: 80 },
    environment: { NO_COLOR: "", LANG: "C.UTF-8" },
  });
  assert.ok(color.stdout.includes("\x1b[1mReferences\x1b[22m"), color.stdout.slice(0, 60));
  assert.ok(!(await runTestCli(["help", "references"])).stdout.includes("\x1b"));
});
