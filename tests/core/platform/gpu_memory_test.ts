import { ok, strictEqual } from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { totalmem } from "node:os";
import { gpuMemory } from "../../../core/platform/gpu_memory.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

const linux = { os: "linux", arch: "x86_64" };
const none = { build: linux, cards: "/does/not/exist", nvidiaSmi: "/does/not/exist" };

/** A program that does this in place of the driver's. */
async function program(dir: TempDir, script: string): Promise<string> {
  await dir.write("nvidia-smi", `#!/bin/sh\n${script}\n`);
  await chmod(dir.join("nvidia-smi"), 0o755);
  return dir.join("nvidia-smi");
}

Deno.test("gpuMemory() of a machine that tells nothing is not known", async () => {
  strictEqual(await gpuMemory(none), undefined);
  strictEqual(await gpuMemory({ ...none, build: { os: "darwin", arch: "x86_64" } }), undefined);
});

Deno.test("gpuMemory() on Apple silicon is the machine's memory", async () => {
  strictEqual(await gpuMemory({ ...none, build: { os: "darwin", arch: "aarch64" } }), totalmem());
});

Deno.test("gpuMemory() adds up what the driver says of AMD's cards, and of nothing else", async () => {
  await using dir = await makeTempDir();
  const cards = dir.join("drm");
  await dir.write("drm/card0/device/mem_info_vram_total", "17163091968\n");
  await dir.write("drm/card1/device/mem_info_vram_total", "536870912\n");
  await dir.write("drm/card2/device/mem_info_vram_total", "much\n");
  await dir.write("drm/card3/device/vendor", "0x8086\n");
  await dir.write("drm/card0-DP-1/device/mem_info_vram_total", "1\n");
  strictEqual(await gpuMemory({ ...none, cards }), 17_163_091_968 + 536_870_912);
  strictEqual(await gpuMemory({ ...none, cards, build: { os: "windows", arch: "x86_64" } }), undefined);
});

Deno.test({
  name: "gpuMemory() reads what NVIDIA's program says, and takes the maker with the most",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const nvidiaSmi = await program(
      dir,
      '[ "$*" = "--query-gpu=memory.total --format=csv,noheader,nounits" ] && printf "24564\\n8192\\n[N/A]\\n"',
    );
    const bytes = (24_564 + 8_192) * 2 ** 20;
    strictEqual(await gpuMemory({ ...none, nvidiaSmi, timeoutMs: 10_000 }), bytes);
    await dir.write("drm/card0/device/mem_info_vram_total", "536870912\n");
    strictEqual(await gpuMemory({ ...none, nvidiaSmi, cards: dir.join("drm"), timeoutMs: 10_000 }), bytes);
  },
});

Deno.test({
  name: "gpuMemory() lets NVIDIA's program fail, and waits for it no longer than it may take",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const failing = await program(dir, "echo No devices were found; exit 6");
    strictEqual(await gpuMemory({ ...none, nvidiaSmi: failing, timeoutMs: 10_000 }), undefined);
    const slow = await program(dir, "exec sleep 60");
    const startMs = performance.now();
    strictEqual(await gpuMemory({ ...none, nvidiaSmi: slow, timeoutMs: 100 }), undefined);
    ok(performance.now() - startMs < 10_000);
  },
});

Deno.test({
  name: "gpuMemory() asks nobody for a permission",
  permissions: { run: false, read: false, sys: false },
  async fn() {
    strictEqual(await gpuMemory(), undefined);
    strictEqual(await gpuMemory({ build: { os: "darwin", arch: "aarch64" } }), undefined);
  },
});
