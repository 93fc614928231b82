/**
 * A real file system that is soon full, for tests of what happens then.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { makeTempDir, type TempDir } from "./temp_dir.ts";

/** A disk of its own. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted; absolute. */
  readonly path: string;
  /** Takes so many bytes, in a file of this name. */
  fill(name: string, bytes: number): Promise<void>;
  /** Takes it away from under those who use it. */
  unmount(): Promise<void>;
}

async function command(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args: [...args], stdout: "null" }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Says that a test could not be made here, so that nobody takes its silence for a success. */
export function sayNotTested(what: string, why: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`\n*** NOT TESTED HERE: ${what}: ${why}\n`));
}

/** Mounts a disk of so many bytes; `undefined`, loudly, where that is not allowed. */
export async function openSmallDisk(bytes: number, what: string): Promise<SmallDisk | undefined> {
  const dir: TempDir = await makeTempDir();
  const path = dir.join("disk");
  await mkdir(path);
  const problem = Deno.build.os === "linux"
    ? await command("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0777`, "tmpfs", path])
    : "small disks are made by Linux only";
  if (problem !== undefined) {
    sayNotTested(what, problem);
    await dir[Symbol.asyncDispose]();
    return undefined;
  }
  let mounted = true;
  const unmount = async (): Promise<void> => {
    if (mounted) await command("umount", ["-l", path]);
    mounted = false;
  };
  return {
    path,
    fill: (name, size) => writeFile(`${path}/${name}`, new Uint8Array(size).fill(1)),
    unmount,
    async [Symbol.asyncDispose]() {
      await unmount();
      await dir[Symbol.asyncDispose]();
    },
  };
}
