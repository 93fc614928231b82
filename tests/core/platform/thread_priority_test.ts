import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { lowerThreadPriority } from "../../../core/platform/thread_priority.ts";

/** Niceness of all threads of this process. */
function nicenesses(): number[] {
  return [...Deno.readDirSync("/proc/self/task")].map(({ name }) => {
    // The name in parentheses may have spaces.
    const stat = Deno.readTextFileSync(`/proc/self/task/${name}/stat`).replace(/^.*\)/s, "").trim();
    return Number(stat.split(" ")[16]);
  });
}

/** Runs it in a thread of its own, which stays until the returned function is called. */
async function inThread(): Promise<() => void> {
  const module = new URL("../../../core/platform/thread_priority.ts", import.meta.url).href;
  const text = `import { lowerThreadPriority } from ${JSON.stringify(module)};
    lowerThreadPriority();
    self.onmessage = () => {};
    self.postMessage("done");`;
  const url = `data:text/javascript,${encodeURIComponent(text)}`;
  const worker = new Worker(url, { type: "module" });
  const done = Promise.withResolvers<void>();
  worker.onmessage = () => done.resolve();
  worker.onerror = (event) => {
    event.preventDefault();
    done.reject(new Error(event.message));
  };
  await done.promise;
  return () => worker.terminate();
}

Deno.test({
  name: "lowerThreadPriority() changes the thread that calls it, and no other",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const own = getPriority();
    const before = nicenesses().filter((niceness) => niceness > own).length;
    const end = await inThread();
    try {
      assert.ok(nicenesses().filter((niceness) => niceness > own).length > before);
      assert.equal(getPriority(), own);
    } finally {
      end();
    }
  },
});

Deno.test({
  name: "lowerThreadPriority() neither fails nor asks without the right to it",
  permissions: { sys: false },
  fn: () => assert.doesNotThrow(lowerThreadPriority),
});

Deno.test({
  name: "lowerThreadPriority() leaves the process alone where priorities belong to processes",
  ignore: Deno.build.os === "linux",
  fn() {
    const before = getPriority();
    lowerThreadPriority();
    assert.equal(getPriority(), before);
  },
});
