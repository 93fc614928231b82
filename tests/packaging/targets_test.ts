import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { binaryName, chooseTargets, targetFor, TARGETS } from "../../packaging/targets.ts";

const LINUX = { os: "linux", arch: "aarch64" };

Deno.test("binaryName() says what it is for, and that it is a program for Windows", () => {
  deepStrictEqual(TARGETS.map(binaryName), [
    "mm-x86_64-unknown-linux-gnu",
    "mm-aarch64-unknown-linux-gnu",
    "mm-x86_64-apple-darwin",
    "mm-aarch64-apple-darwin",
    "mm-x86_64-pc-windows-msvc.exe",
  ]);
});

Deno.test("targetFor() finds what a machine can run", () => {
  strictEqual(targetFor(LINUX)?.name, "aarch64-unknown-linux-gnu");
  strictEqual(targetFor({ os: "freebsd", arch: "x86_64" }), undefined);
});

Deno.test("chooseTargets() takes all, or those that are named, in the order of the table", () => {
  strictEqual(chooseTargets([], LINUX), TARGETS);
  deepStrictEqual(chooseTargets(["this", "x86_64-unknown-linux-gnu"], LINUX), TARGETS.slice(0, 2));
});

Deno.test("chooseTargets() refuses what there is no binary for", () => {
  throws(() => chooseTargets(["riscv64gc-unknown-linux-gnu"], LINUX), /No binary is made for "riscv64gc/);
  throws(() => chooseTargets(["this"], { os: "freebsd", arch: "x86_64" }), /No binary is made for "this"/);
});
