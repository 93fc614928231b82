import assert from "node:assert/strict";
import { type CliRun, type CliRunOptions, runTestCli } from "../support/run_cli.ts";

const FILE = "config/config.json";
const DRAFT = "config/config.edit.json";

/** Runs `mm config edit` with an editor that writes these texts, one each time it is opened. */
async function edit(
  texts: readonly (string | undefined)[],
  options: Omit<CliRunOptions, "editor"> & { readonly args?: readonly string[]; readonly exitCode?: number } =
    {},
): Promise<CliRun & { readonly seen: readonly string[]; readonly editors: readonly string[] }> {
  const seen: string[] = [];
  const editors: string[] = [];
  const run = await runTestCli(["config", "edit", ...options.args ?? []], {
    environment: { EDITOR: "my-editor" },
    ...options,
    async editor(path, editor) {
      editors.push(editor);
      seen.push(await Deno.readTextFile(path));
      const text = texts[seen.length - 1];
      if (text !== undefined) await Deno.writeTextFile(path, text);
      return options.exitCode ?? 0;
    },
  });
  return { ...run, seen, editors };
}

Deno.test("mm config edit replaces the file by what was typed, and leaves no copy", async () => {
  const files = { [FILE]: '{"models_dir": "/m"}\n' };
  const run = await edit(['{"models_dir": "/n"}\n'], { files });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.seen, ['{"models_dir": "/m"}\n']);
  assert.equal(run.read(FILE), '{"models_dir": "/n"}\n');
  assert.equal(run.read(DRAFT), undefined);
  assert.deepEqual([run.stdout, run.stderr], ["", 'Changed "[home]/config/config.json"\n']);
});

Deno.test("mm config edit keeps YAML as it was typed", async () => {
  const text = "# mine\n\ndownload: {connections: 3}   # few\n";
  const run = await edit([text], { files: { "config/config.yaml": "" } });
  assert.deepEqual([run.code, run.read("config/config.yaml")], [0, text]);
  assert.equal(run.read("config/config.edit.yaml"), undefined);
});

Deno.test("mm config edit makes the file when there is none, and nothing when nothing was typed", async () => {
  const made = await edit(['{"log": {"level": "debug"}}'], { args: ["--json"] });
  assert.deepEqual(JSON.parse(made.stdout), { file: "[home]/config/config.json", changed: true });
  assert.equal(made.read(FILE), '{"log": {"level": "debug"}}');
  const none = await edit([undefined]);
  assert.deepEqual([none.code, none.seen, none.stderr], [0, ["{}\n"], "Nothing was changed\n"]);
  assert.deepEqual([none.read(FILE), none.read(DRAFT)], [undefined, undefined]);
});

Deno.test("mm config edit shows a mistake and opens the same text again", async () => {
  const wrong = '{"download": {"conections": 4}}';
  const run = await edit([wrong, '{"download": {"connections": 4}}'], {
    terminal: { columns: 100, input: ["y"] },
  });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.seen, ["{}\n", wrong]);
  assert.match(run.stderr, /line 1, column 15: there is no setting\s+"download\.conections"/);
  assert.match(run.stderr, /Did you mean "download\.connections"[^]*Edit it again\? \[Y\/n\] /);
  assert.equal(run.read(FILE), '{"download": {"connections": 4}}');
});

Deno.test("mm config edit keeps what was typed when it is not corrected, and goes on with it the next time", async () => {
  const wrong = '{"models_dir": 5, ';
  for (const options of [{ terminal: { columns: 100, input: ["n"] } }, {}, { args: ["--json"] }]) {
    const run = await edit([wrong], { files: { [FILE]: '{"log": {}}' }, ...options });
    assert.equal(run.code, 2);
    assert.equal(run.read(FILE), '{"log": {}}');
    assert.equal(run.read(DRAFT), wrong);
    assert.match(run.stdout + run.stderr, /What you typed is kept in .*go on with it:\s+mm config edit/);
    if ("args" in options) assert.equal(JSON.parse(run.stdout).error.code, "CONFIG_INVALID");
  }
  const resumed = await edit(['{"models_dir": "/5"}'], { files: { [FILE]: '{"log": {}}', [DRAFT]: wrong } });
  assert.deepEqual([resumed.code, resumed.seen], [0, [wrong]]);
  assert.match(
    resumed.stderr,
    /^Going on with what was typed before, in "\[home\]\/config\/config\.edit\.json"$/m,
  );
  assert.equal(resumed.read(FILE), '{"models_dir": "/5"}');
  assert.equal(resumed.read(`${FILE}.backup`), '{"log": {}}');
  assert.equal(resumed.read(DRAFT), undefined);
});

Deno.test("mm config edit does not overwrite what somebody else has set meanwhile", async () => {
  const meanwhile = (options: Partial<CliRunOptions>, args: readonly string[] = []): Promise<CliRun> =>
    runTestCli(["config", "edit", ...args], {
      environment: { VISUAL: "my-editor" },
      ...options,
      async editor(path) {
        await Deno.writeTextFile(path, '{"log": {"level": "debug"}}');
        await Deno.writeTextFile(path.replace(".edit", ""), '{"models_dir": "/theirs"}');
        return 0;
      },
    });
  const refused = await meanwhile({});
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /hint: Say so: mm config edit --yes/);
  assert.equal(refused.read(FILE), '{"models_dir": "/theirs"}');
  assert.equal(refused.read(DRAFT), '{"log": {"level": "debug"}}');
  const declined = await meanwhile({ terminal: { columns: 100, input: ["n"] } });
  assert.deepEqual([declined.code, declined.read(FILE)], [1, '{"models_dir": "/theirs"}']);
  assert.equal(declined.read(DRAFT), '{"log": {"level": "debug"}}');
  const forced = await meanwhile({}, ["--yes"]);
  assert.deepEqual([forced.code, forced.read(FILE)], [0, '{"log": {"level": "debug"}}']);
  assert.equal(forced.read(`${FILE}.backup`), '{"models_dir": "/theirs"}');
});

Deno.test("mm config edit leaves the file alone when the editor fails", async () => {
  const files = { [FILE]: "{}" };
  const failed = await edit(['{"models_dir": "/n"}'], { files, exitCode: 1 });
  assert.deepEqual([failed.code, failed.read(FILE), failed.read(DRAFT)], [1, "{}", '{"models_dir": "/n"}']);
  assert.match(failed.stderr, /The editor "my-editor" ended with exit code 1/);
  const missing = await edit([undefined], { files, exitCode: 127 });
  assert.deepEqual([missing.code, missing.read(DRAFT)], [1, undefined]);
  assert.match(missing.stderr, /The editor "my-editor" could not be started/);
});

Deno.test("mm config edit prefers VISUAL, and wants an editor where there is no terminal", async () => {
  const both = await edit([undefined], { environment: { VISUAL: "code --wait", EDITOR: "ed" } });
  assert.deepEqual(both.editors, ["code --wait"]);
  const usual = await edit([undefined], { environment: {}, terminal: { columns: 80 } });
  assert.deepEqual(usual.editors, ["vi"]);
  const none = await edit([], { environment: {} });
  assert.deepEqual([none.code, none.editors], [2, []]);
  assert.match(none.stderr, /hint: Change one setting: mm config set KEY VALUE/);
});
