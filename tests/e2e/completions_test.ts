/**
 * Completions as somebody sees them who presses Tab in a real shell.
 *
 * @module
 */
import assert from "node:assert/strict";
import { installLines } from "../../cli/completion/scripts.ts";
import { startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { exists, type FinishedProgram, openSandbox, type Sandbox } from "../support/run_program.ts";
import { type DrivenShell, hasShell, openShell, shellNote, writeProgram } from "../support/shell_screen.ts";

const HASH = "0".repeat(64);
const COMMIT = "a".repeat(40);
/** What would happen, should a shell read a name as a command: the name is a file's path, and the Hub allows such. */
const HOSTILE = [
  "$(touch pwned)",
  "`touch pwned`",
  "x;touch pwned",
  "with space",
  "new\nline",
  "\u001b[31mred",
];

function entry(repo: string, selector: string | undefined, sizeBytes: number): unknown {
  const modelId = selector === undefined ? repo : `${repo}:${selector}`;
  const date = "2026-01-01T00:00:00.000Z";
  const file = {
    path: `${selector ?? "m"}.gguf`,
    sizeBytes,
    sha256: HASH,
    commit: COMMIT,
    downloadDate: date,
  };
  const metadata = { repo, revision: "main", commit: COMMIT, quant: selector ?? null, files: [file] };
  return {
    modelId,
    modelType: "text-generation",
    path: repo,
    status: "available",
    version: COMMIT,
    sizeBytes,
    downloadDate: date,
    metadata,
  };
}

/** A machine with a library, a queue, a schedule and a file. */
async function openMachine(): Promise<Sandbox> {
  const box = await openSandbox({ HF_HUB_OFFLINE: "1" });
  const models = [
    entry("acme/Llama-3-8B-GGUF", "Q4_K_M", 4_600_000_000),
    entry("acme/Llama-3-8B-GGUF", "Q8_0", 8_500_000_000),
    entry("other/tiny", undefined, 1000),
    ...HOSTILE.map((selector) => entry("zevil/model", selector, 10)),
  ];
  await box.write("home/models/registry.json", JSON.stringify({ version: 1, models }));
  await box.write("work/some file.json", "{}");
  await box.write("work/folder/inside.json", "{}");
  const added = await box.run(["queue", "add", "other/tiny:Q4_0"]);
  assert.equal(added.code, 0, added.stderr);
  return box;
}

/** What somebody sees in one shell. */
async function typeIn(shell: DrivenShell, box: Sandbox): Promise<void> {
  await using line = await openShell(box, shell, installLines(shell).now);

  await line.complete("mm hist", /^\$ mm history$/m);
  await line.complete("mm queue pri", /^\$ mm queue priority$/m);
  await line.complete("mm pull --dry", /^\$ mm pull --dry-run$/m);
  // A model, then its quants: a colon is where bash takes words apart.
  await line.complete("mm verify acme/Llama-3-8B-GGUF:Q8", /^\$ mm verify acme\/Llama-3-8B-GGUF:Q8_0$/m);
  await line.complete("mm pull oth", /^\$ mm pull other\/tiny$/m);
  // Quants are typed in small letters.
  await line.complete("mm verify acme/Llama-3-8B-GGUF:q8", /^\$ mm verify acme\/Llama-3-8B-GGUF:Q8_0$/m);
  await line.complete("mm list --sort=da", /^\$ mm list --sort=date$/m);
  await line.complete("mm link other/tiny --into lms", /^\$ mm link other\/tiny --into lmstudio$/m);
  await line.complete("mm config set log.level deb", /^\$ mm config set log\.level debug$/m);
  await line.complete("mm --config some", /^\$ mm --config (?:some\\ file\.json|'some file\.json')$/m);
  await line.complete("mm --models-dir=fol", /^\$ mm --models-dir=folder\/$/m);
  // In quotation marks, which may be closed or not.
  await line.complete('mm verify "oth', /^\$ mm verify "other\/tiny"?$/m);
  // With the cursor in the middle of the line.
  await line.complete("mm hist list", /^\$ mm history *list$/m, [...Array(5).fill("Left"), "Tab"]);
  // What is not completed stays as it is, and nothing is said.
  await line.complete("mm nonsense x", /^\$ mm nonsense x$/m);
  // Several: bash shows them at the second Tab.
  const keys = shell === "bash" ? ["Tab", "Tab"] : ["Tab"];
  // Without a description there is nothing beside a word.
  const sorts = shell === "bash" ? /^date +name +size$/m : /^name +size +date$/m;
  await line.complete("mm list --sort ", sorts, keys);
  const jobs = await line.complete(
    "mm queue pause ",
    /other\/tiny:Q4_0 \(pending\)[^]*\ball\b|\ball\b[^]*other\/tiny:Q4_0 \(pending\)/,
    keys,
  );
  assert.doesNotMatch(jobs, /error|warning/i);
  await line.complete("mm verify acme/Llama-3-8B-GGUF", /4\.60 GB[^]*8\.50 GB/, keys);

  // Names that would run something, or paint the screen, in a shell that is not careful.
  const shown = await line.complete(
    "mm verify zevil/model:",
    /with.{0,2}space/,
    shell === "bash" ? ["Tab", "Tab"] : ["Tab"],
  );
  assert.doesNotMatch(shown, /red/, "a name with a control character is left out");
  await line.complete("mm verify 'zevil/model:with", /^\$ mm verify 'zevil\/model:with space'?$/m);
  await line.screen.type("mm verify zevil/model:x");
  await line.screen.press("Tab");
  await line.screen.waitFor("the name, quoted", /x(?:\\;touch\\ pwned|;touch pwned')/);
  await line.screen.press("C-e", "C-u");
  await line.enter("echo done", /^done$/m);
  assert.equal(await exists(box.join("work", "pwned")), false, "a name was run as a command");
}

const SHELLS: readonly DrivenShell[] = ["bash", "zsh", "fish"];

Deno.test({
  name: `Tab completes commands, models, quants, jobs and paths in ${
    SHELLS.map((shell) => shell + shellNote(shell)).join(", ")
  }`,
  ignore: !SHELLS.some(hasShell),
  async fn() {
    await using box = await openMachine();
    await writeProgram(box);
    // They mostly wait.
    const ends = await Promise.allSettled(
      SHELLS.filter(hasShell).map(async (shell) => {
        await typeIn(shell, box).catch((error) => {
          throw new Error(`In ${shell}: ${error.message}`, { cause: error });
        });
      }),
    );
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  },
});

/** The shortest of some runs of each, in turns, in milliseconds: what others do on the machine only makes runs longer. */
async function shortestMs(runs: readonly (() => Promise<unknown>)[]): Promise<readonly number[]> {
  const shortest = runs.map(() => Infinity);
  for (let round = 0; round < 6; round++) {
    for (const [index, run] of runs.entries()) {
      const start = performance.now();
      await run();
      shortest[index] = Math.min(shortest[index] ?? Infinity, performance.now() - start);
    }
  }
  return shortest;
}

Deno.test("mm complete says nothing to a person whatever is damaged, and asks for no right", async () => {
  await using box = await openMachine();
  const ask = (line: string) => box.run(["complete", "fish", line]);
  assert.deepEqual(await ask("mm queue pause x"), { code: 0, stdout: "none\n", stderr: "" });
  const noRights = await box.shell(`exec "$1" run --no-prompt "$4" complete fish "mm remove "`, []).finished;
  assert.deepEqual(noRights, { code: 0, stdout: "none\n", stderr: "" });
  // As from JSR: without Deno KV, and without starting again with it.
  const plain = box.shell(`cd / && exec "$1" run -A --no-config "$4" complete fish "mm pul"`, []);
  assert.match((await plain.finished).stdout, /^none\npull\t/);
  await box.write("config/model-manager/config.json", "{ damaged");
  await box.write("home/models/registry.json", "{ damaged");
  await Deno.writeFile(`${box.stateDir}/state.kv`, new Uint8Array(9000).fill(1));
  const files = await box.files();
  for (
    const line of [
      "mm queue pause ",
      "mm remove x",
      "mm pull x",
      "mm config set log.level x",
      "mm history show ",
    ]
  ) {
    const { code, stderr } = await ask(line);
    assert.deepEqual([line, code, stderr], [line, 0, ""]);
  }
  assert.deepEqual(await box.files(), files, "nothing was written");
});

Deno.test("mm complete knows quants from the Hub at once, and from its kept replies when it is gone", async () => {
  await using box = await openSandbox();
  const names = ({ stdout }: FinishedProgram): readonly string[] =>
    stdout.split("\n").slice(1, -1).map((line) => line.split("\t")[0] ?? "");
  let shown: readonly string[];
  let env: Readonly<Record<string, string>>;
  {
    await using hub = await startE2eHub();
    env = { HF_ENDPOINT: hub.endpoint };
    const asked = hub.requests.length;
    assert.deepEqual(names(await box.run(["complete", "fish", `mm --offline pull ${TINY}:`], { env })), []);
    assert.equal(hub.requests.length, asked);
    shown = names(
      await box.run(["complete", "fish", `mm pull ${TINY}:`], { env: { ...env, HF_TOKEN: TOKEN } }),
    );
    assert.ok(shown.length > 1 && shown.every((name) => name.startsWith(`${TINY}:`)), String(shown));
    const sent = hub.requests.slice(asked);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.authorized, false, "a key press sends no token");
    assert.equal((await box.run(["show", TINY], { env })).code, 0);
  }
  const kept = await box.run(["complete", "fish", `mm pull ${TINY}:`], { env });
  assert.deepEqual(names(kept), shown);
  assert.deepEqual(names(await box.run(["complete", "fish", "mm pull acme/"], { env })), [TINY]);
});

Deno.test("mm complete starts about as fast as mm --version", async () => {
  await using box = await openMachine();
  const [version = 0, commands = 0, models = 0] = await shortestMs([
    () => box.run(["--version"]),
    () => box.run(["complete", "fish", "mm pul"]),
    () => box.run(["complete", "fish", "mm remove ac"]),
  ]);
  // Measured: 1.1 and 1.6 times; what takes a whole command line to be loaded is above 2.
  assert.ok(commands < 1.6 * version, `commands: ${commands}, ${version} ms`);
  assert.ok(models < 2.5 * version, `models: ${models}, ${version} ms`);
});
