/**
 * Memory of the graphics processors, as far as the system tells without being asked twice: no prompt, no error.
 *
 * @module
 */
import { machineMemory } from "./memory.ts";
import { runCommand } from "./run_command.ts";
import { isGranted } from "./runtime_facts.ts";

/** What is asked, and where; tests give their own. */
export interface GpuSources {
  /** @default {Deno.build} */
  readonly build?: { readonly os: string; readonly arch: string };
  /** Where Linux shows graphics cards. @default {"/sys/class/drm"} */
  readonly cards?: string;
  /** The program of NVIDIA's driver. @default {"nvidia-smi"} */
  readonly nvidiaSmi?: string;
  /** How long that program may take. @default {500} */
  readonly timeoutMs?: number;
}

const MIB = 2 ** 20;

/**
 * Bytes of memory that models can be loaded into for a graphics processor: of all processors of one maker together,
 * since a model is spread over them; where there are several makers, of the one with the most. On Apple silicon, that
 * is the machine's memory.
 *
 * @returns `undefined` when nobody knows: there is none, or it may not be asked for.
 */
export async function gpuMemory(sources: GpuSources = {}): Promise<number | undefined> {
  const { build = Deno.build, cards = "/sys/class/drm", nvidiaSmi = "nvidia-smi", timeoutMs = 500 } = sources;
  if (build.os === "darwin") return build.arch === "aarch64" ? unifiedMemory() : undefined;
  const found = await Promise.all([
    build.os === "linux" ? amdMemory(cards) : undefined,
    nvidiaMemory(nvidiaSmi, timeoutMs),
  ]);
  return found.reduce((most, bytes) => bytes === undefined ? most : Math.max(most ?? 0, bytes), undefined);
}

function unifiedMemory(): number | undefined {
  try {
    return isGranted("sys", "systemMemoryInfo") ? machineMemory() : undefined;
  } catch {
    return undefined;
  }
}

function sum(sizes: readonly number[]): number | undefined {
  const bytes = sizes.reduce((total, size) => total + size, 0);
  return bytes > 0 ? bytes : undefined;
}

/** The driver says it for each card in a file of its own. */
async function amdMemory(cards: string): Promise<number | undefined> {
  if (!isGranted("read", cards)) return undefined;
  const sizes: number[] = [];
  try {
    for await (const { name } of Deno.readDir(cards)) {
      if (!/^card\d+$/.test(name)) continue;
      const text = await Deno.readTextFile(`${cards}/${name}/device/mem_info_vram_total`).catch(() => "");
      if (/^\d{1,15}\s*$/.test(text)) sizes.push(Number(text));
    }
  } catch {
    return undefined;
  }
  return sum(sizes);
}

/** The driver's program answers with MiB, one line a card; on a machine that sleeps deeply it may take long. */
async function nvidiaMemory(program: string, timeoutMs: number): Promise<number | undefined> {
  if (!isGranted("run", program)) return undefined;
  const command = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"];
  const late = Promise.withResolvers<undefined>();
  // A program that cannot be stopped is left alone.
  const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
  try {
    const finished = await Promise.race([runCommand(command, { timeoutMs }), late.promise]);
    if (finished === undefined || finished.code !== 0) return undefined;
    const sizes = finished.stdout.split("\n").filter((line) => /^\s*\d{1,9}\s*$/.test(line)).map(Number);
    return sum(sizes.map((mebibytes) => mebibytes * MIB));
  } finally {
    clearTimeout(timer);
  }
}
