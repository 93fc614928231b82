/**
 * The single binary, up to Deno's own part of it: what would be in there is enough for everything.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../core/base/version.ts";
import { CHECKSUMS } from "../../packaging/checksums.ts";
import { packagesIn } from "../../packaging/embedded.ts";
import { problemsOf, rehearse } from "../../packaging/embedding.ts";
import { binaryName, targetFor } from "../../packaging/targets.ts";
import { extractProgram } from "../support/embedded_program.ts";
import { sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { openSandbox } from "../support/run_program.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const COMPILE = fileURLToPath(new URL("../../packaging/compile.ts", import.meta.url));

Deno.test("a binary holds all that the program loads: commands, workers and the terminal UI run from it alone", async () => {
  const { embedded, output } = await rehearse();
  ok(embedded !== undefined, output);
  deepStrictEqual(await problemsOf(embedded), []);
  const packages = packagesIn(embedded.files.keys());
  for (const name of ["commander", "ink", "react", "yaml", "croner"]) ok(packages.includes(name), name);

  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const program = await extractProgram(embedded, box.path);
  const run = (args: readonly string[], stdin?: string) =>
    box.run(args, { ...program, ...(stdin === undefined ? {} : { stdin }) });

  const version = await run(["--version"]);
  deepStrictEqual(version, { code: 0, stdout: `mm ${VERSION}\n`, stderr: "" });
  const pulled = await run(["pull", `${TINY}:Q4_K_M`]);
  strictEqual(pulled.code, 0, pulled.stderr);
  strictEqual(pulled.stdout.trim(), join(box.modelsDir, TINY, "tiny-Q4_K_M.gguf"));
  const texts = [["help", "quants"], ["help", "--man"]];
  for (
    const args of [["verify"], ["history", "list"], ["config", "validate"], ["schedule", "list"], ...texts]
  ) {
    const { code, stderr } = await run(args);
    strictEqual(code, 0, `${args.join(" ")}: ${stderr}`);
  }
  const plain = await run(["tui", "--plain"], "quit\n");
  strictEqual(plain.code, 0, plain.stderr);
  match(plain.stdout + plain.stderr, /1 model/);

  // The proof that nothing else is used: without a package that is loaded late, its part fails.
  const registry = join(program.env["DENO_DIR"] ?? "", "npm");
  const [host = ""] = await readdir(registry);
  await rm(join(registry, host, "croner"), { recursive: true });
  const broken = await run(["schedule", "list"]);
  ok(broken.code !== 0, broken.stdout);
});

async function compile(args: readonly string[], env: Readonly<Record<string, string>>) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", COMPILE, "--no-check", ...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("deno task compile says that it has checked and not built where Deno's base cannot be had", async () => {
  await using dir = await makeTempDir();
  const other = Deno.build.os === "windows" ? "aarch64-apple-darwin" : "x86_64-pc-windows-msvc";
  // Nobody listens there.
  const offline = { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "" };
  const args = ["--target", other, "--output", dir.path];
  const { code, stdout, stderr } = await compile(args, offline);
  strictEqual(code, 0, stdout + stderr);
  match(stdout, /^checked: embedding: \d+ files of the program and \d+ packages, [\d.]+ MB$/m);
  match(
    stdout,
    new RegExp(`^not built: ${other}: Deno's base binary for it cannot be had: \\S`, "m"),
  );
  match(stdout, /^checked, not built$/m);
  deepStrictEqual(await readdir(dir.path), []);
});

Deno.test({
  name: "deno task compile leaves a binary and its checksum, and none that does not answer",
  // Elsewhere a stand-in for the base has to be of the system's own format.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = await makeTempDir();
    const target = targetFor(Deno.build);
    ok(target !== undefined);
    const base = { DENORT_BIN: "/bin/true" };
    const args = ["--target", "this", "--output", dir.path];
    const built = await compile([...args, "--no-run"], base);
    strictEqual(built.code, 0, built.stdout + built.stderr);
    const name = binaryName(target);
    deepStrictEqual((await readdir(dir.path)).sort(), [CHECKSUMS, name]);
    const digest = sha256(await readFile(join(dir.path, name)));
    strictEqual(await readFile(join(dir.path, CHECKSUMS), "utf8"), `${digest}  ${name}\n`);
    const silent = await compile(args, base);
    strictEqual(silent.code, 1);
    match(silent.stdout, /--version says ".*": wanted "mm /);
    deepStrictEqual(await readdir(dir.path), []);
  },
});

Deno.test("deno task compile names its targets when it is given another", async () => {
  const { code, stdout } = await compile(["--target", "sparc-sun-solaris"], {});
  strictEqual(code, 2);
  match(stdout, /^error: No binary is made for "sparc-sun-solaris": wanted this, x86_64-unknown-linux-gnu/);
});
