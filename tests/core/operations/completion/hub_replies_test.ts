import assert from "node:assert/strict";
import { HubReplies } from "../../../../core/operations/completion/hub_replies.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";

Deno.test("HubReplies.askQuants() waits no longer than it may, and takes nothing but a fit answer", async () => {
  await using dir = await makeTempDir();
  const make = (answer: typeof fetch): HubReplies =>
    new HubReplies({
      statePath: dir.join("state.kv"),
      endpoint: "https://hub.example",
      offline: false,
      tokenPlaces: { environment: {}, home: dir.path },
      fetch: answer,
      limitMs: 20,
    });
  const never = make((_input, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    })
  );
  await assert.rejects(never.askQuants("org/x"), { name: "TimeoutError" });
  const answers = (response: () => Response) => make(() => Promise.resolve(response())).askQuants("org/x");
  assert.deepEqual(await answers(() => new Response("gone", { status: 404 })), []);
  assert.deepEqual(
    await answers(() => new Response("{}", { headers: { "content-length": "99999999" } })),
    [],
  );
  assert.deepEqual(await answers(() => Response.json({ siblings: [null, {}, { rfilename: 1 }] })), []);
  assert.deepEqual(await answers(() => Response.json({ siblings: [{ rfilename: "x-Q4_0.gguf" }] })), [
    { label: "Q4_0", sizeBytes: undefined },
  ]);
  await assert.rejects(answers(() => new Response("no JSON")));
});
