/**
 * The install scripts: the one for shells against a release on a server of its own, in every shell that is there.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { binaryName, type Target, targetFor, TARGETS } from "../../packaging/targets.ts";
import { sha256 } from "../support/e2e_hub.ts";
import { sayNotTested } from "../support/small_disk.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

const SCRIPT = fileURLToPath(new URL("../../packaging/install.sh", import.meta.url));
const POWERSHELL_SCRIPT = new URL("../../packaging/install.ps1", import.meta.url);

/** What a person's machine has besides the shell. */
const TOOLS = [
  "awk",
  "cat",
  "chmod",
  "cut",
  "getconf",
  "mkdir",
  "mktemp",
  "mv",
  "rm",
  "sha256sum",
  "shasum",
  "uname",
];

/** A program that stands for the binary. */
const program = (version: string): string => `#!/bin/sh\necho "mm ${version}"\n`;

interface Release extends AsyncDisposable {
  readonly address: string;
  /** What was asked for. */
  readonly paths: string[];
  readonly files: Map<string, string>;
}

/** Serves releases as a forge does. */
function startRelease(): Release {
  const files = new Map<string, string>();
  const paths: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    const text = files.get(pathname);
    return text === undefined ? new Response("none", { status: 404 }) : new Response(text);
  });
  const address = `http://127.0.0.1:${server.addr.port}/releases`;
  return { address, paths, files, [Symbol.asyncDispose]: () => server.shutdown() };
}

function publish(
  { files }: Release,
  folder: string,
  version: string,
  target: Target | undefined = here(),
): void {
  const name = binaryName(target ?? here());
  files.set(`/releases/${folder}/${name}`, program(version));
  const sums = `/releases/${folder}/SHA256SUMS`;
  const before = files.get(sums) ?? `${"0".repeat(64)}  other\n`;
  files.set(sums, `${before}${sha256(bytes(program(version)))}  ${name}\n`);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function here(): Target {
  const target = targetFor(Deno.build);
  ok(target !== undefined);
  return target;
}

interface Install {
  readonly shell?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The script comes over a pipe, as from curl. */
  readonly piped?: boolean;
}

async function install(dir: TempDir, release: Release | undefined, options: Install = {}) {
  const { shell = ["sh"], args = [], env = {}, piped = false } = options;
  const [command = "sh", ...first] = shell;
  const child = new Deno.Command(command, {
    args: piped ? [...first, "-s", "--", ...args] : [...first, SCRIPT, ...args],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: dir.join("home"),
      SHELL: "/bin/bash",
      ...(release === undefined ? {} : { MM_INSTALL_FROM: release.address }),
      ...env,
    },
    stdin: piped ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (piped) {
    const writer = child.stdin.getWriter();
    await writer.write(await readFile(SCRIPT));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  strictEqual(decoder.decode(stdout), "", "everything is said to the person");
  return { code, stderr: decoder.decode(stderr) };
}

/** A folder with some tools and nothing else. */
async function toolFolder(dir: TempDir, names: readonly string[]): Promise<string> {
  const folder = dir.join("tools");
  await mkdir(folder);
  for (const name of names) {
    const path = findTool(name);
    if (path !== undefined) await symlink(path, join(folder, name));
  }
  return folder;
}

function findTool(name: string): string | undefined {
  const { code, stdout } = new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync();
  return code === 0 ? new TextDecoder().decode(stdout).trim() : undefined;
}

function shells(): { readonly found: (readonly string[])[]; readonly missing: string[] } {
  const wanted = [["sh"], ["dash"], ["bash", "--posix"], ["bash"], ["busybox", "sh"], [
    "zsh",
    "--emulate",
    "sh",
  ], ["zsh"]];
  return {
    found: wanted.filter(([name = ""]) => findTool(name) !== undefined),
    missing: wanted.filter(([name = ""]) => findTool(name) === undefined).map(([name = ""]) => name),
  };
}

const shellTest = (name: string, fn: () => Promise<void>): void =>
  Deno.test({ name: `install.sh ${name}`, ignore: Deno.build.os === "windows", fn });

shellTest("puts the newest release into ~/.local/bin, in every shell", async () => {
  await using release = startRelease();
  publish(release, "latest/download", "9.9.9");
  const { found, missing } = shells();
  if (missing.length > 0) sayNotTested(`install.sh in ${missing.join(", ")}`, "not on this machine");
  for (const shell of found) {
    for (const piped of [false, true]) {
      await using dir = await makeTempDir();
      const { code, stderr } = await install(dir, release, { shell, piped });
      strictEqual(code, 0, `${shell.join(" ")}: ${stderr}`);
      const folder = dir.join("home", ".local", "bin");
      deepStrictEqual(await readdir(folder), ["mm"]);
      strictEqual((await stat(join(folder, "mm"))).mode & 0o777, 0o755);
      strictEqual(await readFile(join(folder, "mm"), "utf8"), program("9.9.9"));
      match(stderr, /^Installed mm 9\.9\.9 as .*\/\.local\/bin\/mm$/m);
      match(stderr, /^Remove it: {2}rm ".*\/\.local\/bin\/mm"/m);
    }
  }
});

shellTest("takes the version and the folder that were chosen, over an older one", async () => {
  await using release = startRelease();
  publish(release, "download/v0.2.0", "0.2.0");
  await using dir = await makeTempDir();
  await dir.write("my bin/mm", program("0.1.0"));
  const folder = dir.join("my bin");
  const env = { MM_INSTALL: folder, MM_VERSION: "v0.2.0", PATH: `${folder}:${Deno.env.get("PATH")}` };
  const first = await install(dir, release, { env });
  strictEqual(first.code, 0, first.stderr);
  ok(!first.stderr.includes("PATH"), first.stderr);
  match(first.stderr, /^A daemon that runs is the old program until you type: mm restart$/m);
  strictEqual(await readFile(join(folder, "mm"), "utf8"), program("0.2.0"));
  const second = await install(dir, release, { args: ["--version=0.2.0", "--to", dir.join("other")] });
  strictEqual(second.code, 0, second.stderr);
  deepStrictEqual(await readdir(dir.join("other")), ["mm"]);
});

shellTest("says for each shell how its folder gets into PATH, and what comes before it there", async () => {
  await using release = startRelease();
  publish(release, "latest/download", "9.9.9");
  await using dir = await makeTempDir();
  const advice: Readonly<Record<string, RegExp>> = {
    "/bin/bash": /echo 'export PATH=".*\/bin:\$PATH"' >> ~\/\.bash(?:rc|_profile)$/m,
    "/usr/bin/zsh": /echo 'export PATH=".*\/bin:\$PATH"' >> ~\/\.zshrc$/m,
    "/usr/bin/fish": /^ {2}fish_add_path ".*\/bin"$/m,
    "/bin/sh": />> ~\/\.profile$/m,
  };
  for (const [shell, expected] of Object.entries(advice)) {
    match((await install(dir, release, { env: { SHELL: shell } })).stderr, expected);
  }
  const before = await dir.write("before/mm", program("0.0.1"));
  await chmod(before, 0o755);
  const path = `${dir.join("before")}:${dir.join("home", ".local", "bin")}:${Deno.env.get("PATH")}`;
  const { stderr } = await install(dir, release, { env: { PATH: path } });
  match(
    stderr,
    new RegExp(`^warning: mm is another program in this shell: ${before} comes first in PATH$`, "m"),
  );
});

shellTest("leaves everything as it was when the download is not what was released", async () => {
  const name = binaryName(here());
  const cases: Readonly<
    Record<string, { readonly files: Readonly<Record<string, string>>; readonly says: RegExp }>
  > = {
    "another program": {
      files: { [name]: program("6.6.6") },
      says: /^error: The download is damaged: its SHA-256 is [0-9a-f]{64}, and/,
    },
    "no such binary in the list": { files: { SHA256SUMS: "" }, says: /^error: The release has no "mm-/m },
    "an error page for a list": { files: { SHA256SUMS: "<html>" }, says: /^error: The release has no "mm-/m },
    "one that does not start": {
      files: {
        [name]: "#!/bin/sh\necho no GLIBC_2.99 >&2\nexit 1\n",
        SHA256SUMS: `${sha256(bytes("#!/bin/sh\necho no GLIBC_2.99 >&2\nexit 1\n"))}  ${name}\n`,
      },
      says: /^error: The program does not start on this machine: no GLIBC_2\.99$/m,
    },
  };
  for (const [what, { files, says }] of Object.entries(cases)) {
    await using release = startRelease();
    publish(release, "latest/download", "9.9.9");
    for (const [file, text] of Object.entries(files)) {
      release.files.set(`/releases/latest/download/${file}`, text);
    }
    await using dir = await makeTempDir();
    const old = await dir.write("home/.local/bin/mm", program("0.1.0"));
    const { code, stderr } = await install(dir, release);
    strictEqual(code, 1, what);
    match(stderr.replace(/^Downloading .*\n/m, ""), says, what);
    match(stderr, /^hint: /m, what);
    deepStrictEqual(await readdir(dir.join("home", ".local", "bin")), ["mm"], what);
    strictEqual(await readFile(old, "utf8"), program("0.1.0"), what);
  }
});

shellTest("says what is wrong, and what to do, where it cannot work", async () => {
  await using release = startRelease();
  await using dir = await makeTempDir();
  const refused = async (
    options: Install,
    says: RegExp,
    from: Release | undefined = release,
  ): Promise<void> => {
    const { code, stderr } = await install(dir, from, options);
    strictEqual(code, 1, stderr);
    match(stderr, says);
    match(stderr, /^hint: /m);
  };
  await refused(
    { args: ["--version", "7.7.7"] },
    /^error: Cannot download ".*\/download\/v7\.7\.7\/SHA256SUMS"$/m,
  );
  await refused({ args: ["--version", "../../x"] }, /^error: "\.\.\/\.\.\/x" is no version/m);
  await refused({ args: ["--version"] }, /^error: --version wants a value$/m);
  await refused({ args: ["--prefix", "x"] }, /^error: There is no option "--prefix"$/m);
  await refused(
    { env: { MM_INSTALL: "/dev/null/bin" } },
    /^error: Cannot make the folder "\/dev\/null\/bin"$/m,
  );
  await refused(
    { env: { MM_INSTALL_FROM: "http://example.com/x" } },
    /^error: Releases are fetched by https only/m,
  );
  await refused({ env: { MM_INSTALL_FROM: "" } }, /^error: This copy of the script does not know where/m);
  const inTheWay = await dir.write("taken/mm/keep", "");
  await refused(
    { args: ["--to", dir.join("taken")] },
    /^error: ".*\/taken\/mm" is a folder, and the program/m,
  );
  deepStrictEqual([await readdir(dir.join("taken")), await readdir(dirname(inTheWay))], [["mm"], ["keep"]]);
  if (Deno.build.os === "linux") {
    await refused({ env: { MM_INSTALL: "/proc" } }, /^error: Cannot write to "\/proc"$/m);
  }
  const { code, stderr } = await install(dir, release, { args: ["--help"] });
  deepStrictEqual([code, stderr.startsWith("Usage: sh install.sh")], [0, true]);
});

shellTest(
  "works with wget or with curl, and says so when there is neither, or nothing to check with",
  async () => {
    await using release = startRelease();
    publish(release, "latest/download", "9.9.9");
    const shell = [findTool("dash") ?? findTool("sh") ?? "sh"];
    for (const tool of ["curl", "wget"]) {
      if (findTool(tool) === undefined) {
        sayNotTested(`install.sh with ${tool}`, "not on this machine");
        continue;
      }
      await using dir = await makeTempDir();
      const env = { PATH: await toolFolder(dir, [...TOOLS, tool, "basename"]) };
      const { code, stderr } = await install(dir, release, { shell, env });
      strictEqual(code, 0, `${tool}: ${stderr}`);
    }
    await using dir = await makeTempDir();
    const env = { PATH: await toolFolder(dir, TOOLS) };
    match((await install(dir, release, { shell, env })).stderr, /^error: Neither curl nor wget is there/m);
    deepStrictEqual(await readdir(dir.join("home", ".local", "bin")), []);
  },
);

shellTest("knows which binary a machine needs, and which machines have none", async () => {
  const machines: readonly (readonly [string, string, string])[] = [
    ["Linux", "x86_64", "x86_64-unknown-linux-gnu"],
    ["Linux", "aarch64", "aarch64-unknown-linux-gnu"],
    ["Darwin", "x86_64", "x86_64-apple-darwin"],
    ["Darwin", "arm64", "aarch64-apple-darwin"],
  ];
  deepStrictEqual(
    machines.map(([, , name]) => name),
    TARGETS.filter(({ os }) => os !== "windows").map(({ name }) => name),
  );
  const on = async (system: string, machine: string, sysctl = "0") => {
    await using release = startRelease();
    for (const target of TARGETS) publish(release, "latest/download", target.name, target);
    await using dir = await makeTempDir();
    const folder = dir.join("fake");
    await mkdir(folder);
    const scripts = {
      uname: `case $1 in -m) echo ${machine} ;; *) echo ${system} ;; esac`,
      sysctl: `echo ${sysctl}`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return await install(dir, release, { env: { PATH: `${folder}:${Deno.env.get("PATH")}` } });
  };
  for (const [system, machine, name] of machines) {
    const { code, stderr } = await on(system, machine);
    strictEqual(code, 0, stderr);
    ok(stderr.includes(`Installed mm ${name} as`), stderr);
  }
  ok((await on("Darwin", "x86_64", "1")).stderr.includes("mm aarch64-apple-darwin"), "a translated shell");
  for (
    const [system, machine] of [["FreeBSD", "amd64"], ["Linux", "riscv64"], [
      "MINGW64_NT-10.0",
      "x86_64",
    ]] as const
  ) {
    const { code, stderr } = await on(system, machine);
    strictEqual(code, 1, stderr);
    match(stderr, /^error: .*\n\nhint: /);
  }
});

shellTest("says nothing that shells disagree about, as shellcheck knows them", async () => {
  if (findTool("shellcheck") === undefined) return sayNotTested("shellcheck", "not on this machine");
  const { code, stdout } = await new Deno.Command("shellcheck", { args: ["--shell", "sh", SCRIPT] }).output();
  strictEqual(code, 0, new TextDecoder().decode(stdout));
});

Deno.test("install.ps1 takes the binary that is released for Windows, and checks it", async () => {
  const text = await readFile(POWERSHELL_SCRIPT, "utf8");
  const windows = TARGETS.filter(({ os }) => os === "windows").map(binaryName);
  deepStrictEqual([...new Set(text.match(/mm-[\w-]+\.exe/g))], windows);
  for (const name of ["MM_INSTALL", "MM_VERSION", "MM_INSTALL_FROM"]) ok(text.includes(`$env:${name}`), name);
  match(text, /Get-FileHash -Algorithm SHA256/);
  const code = text.replace(/<#[^]*?#>/, "").replaceAll(/^\s*#.*$/gm, "").replaceAll(/'[^'\n]*'/g, "");
  for (const [open, close] of [["{", "}"], ["(", ")"]] as const) {
    strictEqual(code.split(open).length, code.split(close).length, `${open} ${close}`);
  }
  strictEqual(text.trimEnd().split("\n").at(-1), "Install-ModelManager");
});
