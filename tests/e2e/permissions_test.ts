import { deepStrictEqual, match, ok } from "node:assert/strict";
import { NEEDS_ALL } from "../../core/config/permission_sets.ts";
import { commandTree } from "../support/command_tree.ts";
import { openHubBox } from "../support/hub_box.ts";
import { openSandbox, waitUntil } from "../support/run_program.ts";
import { HAS_SCRIPT, SCRIPT_NOTE } from "../support/on_terminal.ts";
import { CHAINS, runEveryCommand } from "./permissions/command_runs.ts";

Deno.test("every command is run under its set of rights, or is known to need -A", async () => {
  const { commands } = await commandTree();
  const run = new Set(CHAINS.flat().map(({ names }) => names.join(" ")));
  const needAll = NEEDS_ALL.map(({ command }) => command);
  const left = commands.filter(({ isGroup }) => !isGroup).map(({ names }) => names.join(" "))
    .filter((line) => !run.has(line) && !needAll.includes(line));
  deepStrictEqual(left, []);
});

Deno.test("every command does its work under its set of rights, and nobody is asked", async () => {
  const results = await runEveryCommand();
  const wrong = results.filter(({ finished }) => finished.code !== 0 && finished.code !== 130)
    .map(({ line, set, finished }) =>
      `-P=${set} mm ${line}: ${finished.code} ${finished.stderr.slice(0, 600)}`
    );
  deepStrictEqual(wrong, []);
  for (const { line, kinds, finished } of results) {
    // Neither a program nor a library is made use of, whatever is done.
    deepStrictEqual(kinds.filter((kind) => !["env", "net", "sys"].includes(kind)), [], line);
    ok(!/Deno requests|\n\s+at /.test(finished.stdout + finished.stderr), line);
  }
});

Deno.test("what a set does not grant is named with its flag, exit code 12, and no stack", async () => {
  await using box = await openSandbox({ HF_ENDPOINT: "http://hub.example:8080" });
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const under = async (args: readonly string[], ...flags: string[]) => {
    const command = [Deno.execPath(), "run", "--quiet", "--no-prompt", ...flags, main];
    const { code, stderr } = await box.run(args, { command });
    ok(!/\n\s+at /.test(stderr), stderr);
    return { code, stderr };
  };
  const net = await under(["search", "x"], "-P=pull");
  deepStrictEqual(net.code, 12, net.stderr);
  match(net.stderr, /Not allowed to connect to "hub\.example:8080"/);
  match(net.stderr, /hint: Add the flag --allow-net=hub\.example:8080 to deno run: with it, mm asks the Hub/);
  match(net.stderr, /hint: See the flags for everything it needs here: mm doctor --permissions pull/);
  const folder = await under(["config", "set", "download.connections", "4"], "--allow-read", "--allow-env");
  deepStrictEqual(folder.code, 12, folder.stderr);
  ok(
    folder.stderr.includes(`hint: Add the flag --allow-write=${box.configDir} to deno run: `),
    folder.stderr,
  );
  const found = await box.write("found/tiny-Q4_K_M.gguf", "GGUF\x03\0\0\0".padEnd(24, "\0"));
  const models = await under(["import", found], "--allow-read", "--allow-env", "--allow-sys");
  deepStrictEqual(models.code, 12, models.stderr);
  ok(
    models.stderr.includes(`hint: Add the flag --allow-write=${box.modelsDir} to deno run: `),
    models.stderr,
  );
  ok(!models.stderr.includes("ls -ld"), "nobody is to look whose the folder is");
  const home = await under(["list"], "--allow-read", "--allow-write");
  deepStrictEqual(home.code, 12, home.stderr);
  match(home.stderr, /^hint: Add the flag --allow-env=HOME to deno run: /m);
  const address = await under(["serve", "--port", "0"], "--allow-read", "--allow-write", "--allow-env");
  deepStrictEqual(address.code, 12, address.stderr);
  match(address.stderr, /^error: Not allowed to listen on "127\.0\.0\.1:0"/m);
  match(
    address.stderr,
    /^hint: Add the flag --allow-net=127\.0\.0\.1 to deno run: with it, mm answers who asks/m,
  );
  match(address.stderr, /^hint: .*: mm doctor --permissions serve$/m);
  for (const line of ["start", "restart", "service install --yes"]) {
    const { code, stderr } = await under(line.split(" "), "-P=daemon");
    deepStrictEqual(code, 12, `${line}: ${stderr}`);
  }
  const files = await box.files();
  ok(!files.some((path) => path.endsWith(".service")), "nothing was begun");
});

Deno.test({
  name: `the terminal UI runs under its set of rights, and leaves the terminal as it was${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using box = await openSandbox();
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const inner = `stty cols 100 rows 30; exec "$DENO" run --quiet -P=tui "${main}" tui`;
    await using program = box.shell(`exec script -qec "$INNER" /dev/null`, [], {
      env: { INNER: inner, DENO: Deno.execPath(), SHELL: "/bin/sh", TERM: "xterm-256color" },
      typed: true,
    });
    await waitUntil("the library is shown", () => /Library/.test(program.stdout));
    await program.type("q");
    const { code, stdout } = await program.finished;
    deepStrictEqual([code, /requests|NotCapable/.test(stdout)], [0, false], stdout.slice(-2000));
    ok(stdout.includes("\x1b[?1049l"), "the screen of before is back");
  },
});

Deno.test({
  name: `the flags of mm doctor --permissions are enough, also on a terminal${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using box = await openSandbox();
    for (const folder of [box.modelsDir, box.stateDir, box.configDir]) {
      await Deno.mkdir(folder, { recursive: true });
    }
    const { stdout } = await box.run(["doctor", "--permissions", "daemon"]);
    ok(stdout.startsWith("deno run --no-prompt "), stdout);
    const line = `"$DENO" ${stdout.trim().slice("deno ".length)}`;
    for (const args of ["list", "config set download.connections 4", "schedule list", "status"]) {
      // Without the flag, Deno would ask for what is missing.
      const inner = `${line.replace(" --no-prompt", " --quiet")} ${args}`;
      await using program = box.shell(`exec script -qec "$INNER" /dev/null`, [], {
        env: { INNER: inner, DENO: Deno.execPath(), SHELL: "/bin/sh", TERM: "xterm" },
      });
      const { code, stdout: shown } = await program.finished;
      deepStrictEqual([code, /requests/.test(shown)], [0, false], `${args}: ${shown}`);
    }
  },
});

const ODD_PLACES = [
  { name: "below a symbolic link", base: "link", commas: false },
  { name: "with commas in their names", base: "a,b", commas: true },
];

for (const { name, base, commas } of ODD_PLACES) {
  Deno.test(`the flags and folders of mm doctor --permissions are enough for folders ${name}`, async () => {
    await using own = await openHubBox();
    const { box, hub } = own;
    await Deno.mkdir(box.join("real"));
    if (commas) await Deno.mkdir(box.join(base));
    else await Deno.symlink(box.join("real"), box.join(base));
    const env = {
      MM_MODELS_DIR: box.join(base, "models"),
      MM_STATE_DIR: box.join(base, "state"),
      HF_HOME: box.join(base, "hf"),
      DENO: Deno.execPath(),
    };
    const flagsOf = async (set: string): Promise<string> => {
      const { stdout, stderr } = await box.run(["doctor", "--permissions", set], { env });
      deepStrictEqual(
        /cannot name a path with a comma: .* in place of ".*a,b\/models"/.test(stderr),
        commas,
        stderr,
      );
      for (const [, made = ""] of stderr.matchAll(/: (mkdir -p .+)$/gm)) {
        await using making = box.shell(made, []);
        deepStrictEqual((await making.finished).code, 0, made);
      }
      // Which hosts the files of a Hub are on is known when it is asked.
      const net = set === "pull" ? `--allow-net=${new URL(hub.endpoint).host},localhost` : "$&";
      return stdout.trim().replace(/^deno /, '"$DENO" ').replace(/--allow-net\S*/, net);
    };
    const lines = [
      ["pull", "pull acme/tiny-GGUF:Q4_K_M"],
      ["pull", "pull acme/tiny-GGUF:Q8_0 --to hf-cache"],
      ["pull", "verify"],
      ["daemon", "queue add acme/tiny-GGUF:F16"],
      ["daemon", "queue run"],
    ] as const;
    for (const [set, line] of lines) {
      await using program = box.shell(`${await flagsOf(set)} ${line}`, [], { env });
      const { code, stderr } = await program.finished;
      deepStrictEqual(code, 0, `${line}: ${stderr}`);
    }
  });
}
