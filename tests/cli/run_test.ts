import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../core/base/version.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const SLOW = fileURLToPath(new URL("./fixtures/slow_program.ts", import.meta.url));

/** Where deno keeps what it has downloaded; its default depends on the home directory, which tests change. */
const DENO_DIR: string = JSON.parse(
  new TextDecoder().decode(
    new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stderr: "null" }).outputSync().stdout,
  ),
).denoDir;

/** A process of the program with a home directory of its own. */
function spawn(
  home: TempDir,
  args: readonly string[],
  options: {
    readonly flags?: readonly string[];
    readonly env?: Record<string, string>;
    readonly program?: string;
  } = {},
): Deno.ChildProcess {
  const { flags = [], env = {}, program = MAIN } = options;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...flags, program, ...args],
    cwd: home.path,
    env: { HOME: home.path, DENO_DIR, NO_COLOR: "1", XDG_CONFIG_HOME: home.join("config"), ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function finish(child: Deno.ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> {
  await child.stdin.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("mm --version needs nothing but itself", async () => {
  await using home = await makeTempDir();
  for (const args of [["--version"], ["-V"], ["version"]]) {
    assert.deepEqual(await finish(spawn(home, args)), { code: 0, stdout: `mm ${VERSION}\n`, stderr: "" });
  }
  for (const args of [["version", "--json"], ["--json", "version"], ["--version", "--json"]]) {
    const json = JSON.parse((await finish(spawn(home, args))).stdout);
    assert.deepEqual(
      [json.name, json.version, json.deno],
      ["mm", VERSION, Deno.version.deno],
      args.join(" "),
    );
  }
});

Deno.test("mm starts itself again with Deno KV when deno has not enabled it, and keeps streams and exit code", async () => {
  await using home = await makeTempDir();
  // Without its configuration file deno enables no KV, as in `deno run jsr:…`.
  const flags = ["--no-config"];
  const good = await finish(spawn(home, ["config", "get", "download.connections"], { flags }));
  assert.deepEqual(good, { code: 0, stdout: "8\n", stderr: "" });
  const bad = await finish(spawn(home, ["serch"], { flags }));
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /Did you mean mm search\?/);
});

Deno.test("mm says which flag to add when it may not start itself again", async () => {
  await using home = await makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-config", "--no-prompt", "--allow-read", MAIN, "list"],
    cwd: home.path,
  });
  const { code, stderr } = await child.output();
  assert.equal(code, 12);
  assert.match(
    new TextDecoder().decode(stderr),
    /\n\nhint: Add the flag --unstable-kv, as in: deno run --unstable-kv (?:--allow-\w+ )+file:\S* list\n/,
  );
});

Deno.test("mm ends quietly when the reader of its output has gone", async () => {
  await using home = await makeTempDir();
  const child = spawn(home, ["config", "show", "--origin"]);
  await child.stdout.cancel();
  await child.stdin.close();
  const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.equal(status.code, 0);
  assert.doesNotMatch(stderr, /error|BrokenPipe/);
});

for (
  const [args, code] of [[["config", "show"], 8], [["config", "show", "--json"], 8], [
    ["--version"],
    8,
  ]] as const
) {
  Deno.test({
    name: `mm ${args.join(" ")} into a full device ends with ${code} and a sentence`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using home = await makeTempDir();
      const script = 'exec "$0" "$@" >/dev/full';
      const child = new Deno.Command("sh", {
        args: ["-c", script, Deno.execPath(), "run", "-A", "--no-check", MAIN, ...args],
        cwd: home.path,
        env: { HOME: home.path, DENO_DIR, NO_COLOR: "1", XDG_CONFIG_HOME: home.join("config") },
      });
      const output = await child.output();
      const stderr = new TextDecoder().decode(output.stderr);
      assert.equal(output.code, code, stderr);
      assert.match(stderr, /^error: Cannot write to standard output: the disk is full\n/);
      assert.doesNotMatch(stderr, /bug|Uncaught|^ +at /m);
    },
  });
}

/** Reads standard error until `text` has come; the rest is for the caller. */
async function waitFor(child: Deno.ChildProcess, text: string): Promise<() => Promise<string>> {
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!seen.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended without "${text}": ${seen}`);
    seen += value;
  }
  return async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) seen += next.value;
    return seen;
  };
}

for (const stubborn of [false, true]) {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.test({
      name: `${signal} ends a ${stubborn ? "deaf" : "running"} pull with ${code} within a second or so`,
      // Windows knows no signals that can be sent to another process.
      ignore: Deno.build.os === "windows",
      async fn() {
        await using home = await makeTempDir();
        const env: Record<string, string> = stubborn ? { STUBBORN: "1" } : {};
        const child = spawn(home, ["pull", "acme/x", "--token", "hf_abcdefgh1234"], { env, program: SLOW });
        const rest = await waitFor(child, "resumed at");
        const startMs = performance.now();
        child.kill(signal);
        const [status, stderr] = await Promise.all([
          child.status,
          rest(),
          child.stdout.cancel(),
          child.stdin.close(),
        ]);
        const elapsedMs = performance.now() - startMs;
        assert.equal(status.code, code);
        assert.match(stderr, /error: Cancelled\n\nhint: .*Resume: mm pull acme\/x\n$/);
        // The deaf one is given 900 ms; the rest is what a busy machine needs to notice.
        assert.ok(stubborn ? elapsedMs >= 800 && elapsedMs < 3000 : elapsedMs < 800, `${elapsedMs} ms`);
      },
    });
  }
}
