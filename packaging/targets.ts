/**
 * The machines that a binary is made for.
 *
 * @module
 */

/** One of them. */
export interface Target {
  /** As `deno compile --target` calls it. */
  readonly name: string;
  readonly os: "darwin" | "linux" | "windows";
  readonly arch: "aarch64" | "x86_64";
  /** The machine of the release workflow that the binary is tried on. */
  readonly runner: string;
}

/** All of them, in the order in which they are made. */
export const TARGETS: readonly Target[] = [
  { name: "x86_64-unknown-linux-gnu", os: "linux", arch: "x86_64", runner: "ubuntu-24.04" },
  { name: "aarch64-unknown-linux-gnu", os: "linux", arch: "aarch64", runner: "ubuntu-24.04-arm" },
  { name: "x86_64-apple-darwin", os: "darwin", arch: "x86_64", runner: "macos-15-intel" },
  { name: "aarch64-apple-darwin", os: "darwin", arch: "aarch64", runner: "macos-15" },
  { name: "x86_64-pc-windows-msvc", os: "windows", arch: "x86_64", runner: "windows-2025" },
];

/** The file that a target's binary is released as. */
export function binaryName({ name, os }: Pick<Target, "name" | "os">): string {
  return `mm-${name}${os === "windows" ? ".exe" : ""}`;
}

/** The target that a machine can run; `undefined` where there is none. */
export function targetFor(
  { os, arch }: { readonly os: string; readonly arch: string },
): Target | undefined {
  return TARGETS.find((target) => target.os === os && target.arch === arch);
}

/**
 * The targets that somebody named; `this` stands for the machine itself.
 *
 * @throws {RangeError} for one that there is not.
 */
export function chooseTargets(
  names: readonly string[],
  machine: { readonly os: string; readonly arch: string },
): readonly Target[] {
  if (names.length === 0) return TARGETS;
  const chosen = names.map((name) => {
    const target = name === "this" ? targetFor(machine) : TARGETS.find((one) => one.name === name);
    if (target !== undefined) return target;
    const wanted = ["this", ...TARGETS.map((one) => one.name)].join(", ");
    throw new RangeError(`No binary is made for "${name}": wanted ${wanted}`);
  });
  return TARGETS.filter((target) => chosen.includes(target));
}
