/**
 * The demo as the README starts it: the whole main job, on a Hub that comes along.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { DEMO_TOKEN } from "../../core/server/demo/demo_source.ts";
import { filesBelow, linesOf, openSandbox, type Sandbox, waitUntil } from "../support/run_program.ts";

/** A sandbox whose temporary folder is inside, so that leftovers show. */
async function openBox(): Promise<Sandbox> {
  const box = await openSandbox();
  await Deno.mkdir(box.join("temp"));
  return box;
}

function temporary(box: Sandbox): { readonly env: Readonly<Record<string, string>> } {
  const folder = box.join("temp");
  return { env: { TMPDIR: folder, TEMP: folder, TMP: folder } };
}

Deno.test("mm demo does the main job from search to remove, and leaves nothing behind", async () => {
  await using box = await openBox();
  const { code, stdout, stderr } = await box.run(["demo"], temporary(box));
  strictEqual(code, 0, stderr);
  const steps = linesOf(stderr).filter((line) => line.startsWith("$ mm ")).map((line) => line.split(" ")[2]);
  deepStrictEqual(steps, ["search", "show", "pull", "pull", "list", "verify", "history", "remove"]);
  match(stdout, /^demo\/tiny-llama-GGUF +/m);
  match(stdout, /tiny-llama-F16-00001-of-00003\.gguf$/m);
  match(stderr, /^Nothing to fetch: everything is here$/m);
  match(stdout, /^Success rate +100\.0 %$/m);
  match(stderr, /^Freed \d+\.\d MB$/m);
  doesNotMatch(stderr, /error|warning|retry/);
  deepStrictEqual(await box.files(), []);
});

Deno.test({
  name: "mm demo --serve is a Hub for other processes until it is stopped",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using box = await openBox();
    await using demo = box.start(["demo", "--serve"], temporary(box));
    await waitUntil("it says where it is", () => demo.stdout.endsWith("\n"));
    const endpoint = demo.stdout.trimEnd();
    const mm = (...args: string[]) => box.run(["--endpoint", endpoint, ...args]);

    const vision = await mm("pull", "demo/vision-mini-GGUF", "--with-mmproj", "-q");
    strictEqual(vision.code, 0, vision.stderr);
    match(vision.stdout, /mmproj/);
    strictEqual((await mm("pull", "demo/gated-llama-GGUF")).code, 4);
    strictEqual((await mm("pull", "demo/gated-llama-GGUF", "--token", DEMO_TOKEN)).code, 0);
    strictEqual((await mm("verify")).code, 0);

    demo.signal("SIGINT");
    const { code } = await demo.finished;
    strictEqual(code, 0);
    strictEqual((await mm("pull", "demo/embed-mini-GGUF", "--offline")).code, 9);
    deepStrictEqual(await filesBelow(box.join("temp")), []);
  },
});

Deno.test({
  name: "mm demo stopped half-way takes its files with it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using box = await openBox();
    await using demo = box.start(["demo"], temporary(box));
    await waitUntil(
      "it downloads",
      async () => (await filesBelow(box.join("temp"))).some((path) => path.endsWith(".part")),
    );
    demo.signal("SIGINT");
    const { code, stderr } = await demo.finished;
    strictEqual(code, 130, stderr);
    match(stderr, /Cancelled/);
    deepStrictEqual(await filesBelow(box.join("temp")), []);
  },
});
