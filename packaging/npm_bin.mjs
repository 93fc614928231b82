#!/usr/bin/env node
/*
 * Starts mm from its npm package: in the Deno that was installed with it, else in the one on the PATH.
 * Arguments, streams, terminal, signals and exit code are passed on as they are.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest Deno that runs it; written by the packer. */
const WANTED_DENO = "2.9.0";
const PROGRAM = fileURLToPath(new URL("../main.js", import.meta.url));
/** The program starts itself in the background with the same ones: see `core/platform/own_command.ts`. */
const FLAGS = [
  "run",
  "-A",
  "--unstable-kv",
  "--unstable-worker-options",
  "--node-modules-dir=manual",
  "--quiet",
];
const EXECUTABLE = process.platform === "win32" ? "deno.exe" : "deno";

/** The package with the executable for this machine; of Linux, the one for glibc, the only one there is. */
function platformPackage() {
  const name = `@deno/${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${name}-glibc` : name;
}

/** The executable of the dependency, without the extra process that its own start script would be. */
function findInstalledDeno() {
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve("deno/package.json");
    const folders = [dirname(manifest)];
    try {
      folders.push(dirname(createRequire(manifest).resolve(`${platformPackage()}/package.json`)));
    } catch {
      // Optional dependencies were left out; the install script may have put it beside the manifest.
    }
    return folders.map((folder) => join(folder, EXECUTABLE)).find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}

function isNewEnough(version) {
  const parts = (text) => text.split(".").map((part) => Number.parseInt(part, 10));
  const [found, wanted] = [parts(version), parts(WANTED_DENO)];
  const index = wanted.findIndex((part, place) => part !== found[place]);
  return index === -1 || found[index] > wanted[index];
}

/** The Deno on the PATH, and what it says of itself. */
function findOwnDeno() {
  const { status, stdout } = spawnSync("deno", ["--version"], { encoding: "utf8" });
  const version = status === 0 ? /^deno (\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
  return version === undefined ? undefined : { path: "deno", version };
}

function fail(message, ...hints) {
  process.stderr.write(`error: ${message}\n\n${hints.map((hint) => `hint: ${hint}\n`).join("")}`);
  process.exit(1);
}

function findDeno() {
  const installed = findInstalledDeno();
  if (installed !== undefined) return installed;
  const own = findOwnDeno();
  if (own === undefined) {
    fail(
      "Deno is not installed: it comes with this package as an optional dependency, and npm has left it out",
      "Install it with its optional dependencies: npm install -g --include=optional @model-manager/mm",
      "Or install Deno by itself: https://deno.com",
    );
  }
  if (!isNewEnough(own.version)) {
    fail(`Deno ${own.version} is too old: wanted ${WANTED_DENO} or later`, "Renew it: deno upgrade");
  }
  return own.path;
}

function runInDeno() {
  const child = spawn(
    findDeno(),
    [...FLAGS, PROGRAM, ...process.argv.slice(2)],
    // Tells the program that its flags are all there, so that it gives its threads fewer rights than it has.
    { stdio: "inherit", env: { ...process.env, MM_RESTARTED_WITH_KV: String(process.pid) } },
  );
  // Ctrl+C in a terminal reaches the child by itself, too: twice within a moment counts once there.
  const SIGNALS = process.platform === "win32" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on(
    "error",
    (error) => fail(`Cannot start Deno: ${error.message}`, "See what is wrong: npx deno --version"),
  );
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Ended by a signal: to whoever waits, so did this one.
    for (const name of SIGNALS) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100);
  });
}

// Deno cannot start its own copy of an npm package again with the flags that this one needs.
if (process.versions.deno === undefined) runInDeno();
else fail("This package is for Node.js", "In Deno, take that of JSR: deno run -A jsr:@model-manager/mm");
