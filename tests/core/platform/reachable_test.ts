import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { tryToConnect } from "../../../core/platform/reachable.ts";

Deno.test("tryToConnect() finds a listener, and says when there is none", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await tryToConnect({ hostname: "127.0.0.1", port });
  listener.close();
  await assert.rejects(tryToConnect({ hostname: "127.0.0.1", port }), (error) => {
    assert.ok(isModelManagerError(error));
    assert.deepEqual([error.code, error.message], [
      "NETWORK_ERROR",
      `Cannot connect to "127.0.0.1:${port}": Connection refused`,
    ]);
    return true;
  });
});
