import { throws } from "node:assert/strict";
import { wireModels } from "../../../core/operations/model_wiring.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("wireModels() refuses requests that mean nothing before an event is asked for", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { pull, update } = wireModels(fixture.context);
  const code = "USAGE_ERROR";
  throws(() => pull({ references: [] }), { code });
  throws(() => pull({ references: ["org/name"], connections: 17 }), { code });
  throws(() => update({ force: true }), { code });
  throws(() => update({ limitBytesPerSecond: 0 }), { code });
});
