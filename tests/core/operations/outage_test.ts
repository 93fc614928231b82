import assert from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { isEndpointDown, Outage } from "../../../core/operations/outage.ts";

const ENDPOINT = "https://hub.test/base";

function failure(message: string, cause?: Error): ModelManagerError {
  return new ModelManagerError("NETWORK_ERROR", message, { hints: ["Wait"], cause });
}

Deno.test("isEndpointDown() is about the endpoint, and about nobody having answered", () => {
  const refused = failure('Cannot reach "hub.test": the connection was refused');
  assert.ok(isEndpointDown(refused, ENDPOINT));
  assert.ok(isEndpointDown(failure('Gave up on "hub.test" after 6 attempts in 18 s: x', refused), ENDPOINT));
  assert.ok(
    isEndpointDown(failure(`Neither "${ENDPOINT}" nor its mirror "https://m" can be reached`), ENDPOINT),
  );
  assert.ok(!isEndpointDown(failure('Cannot reach "files.test": the connection was refused'), ENDPOINT));
  assert.ok(!isEndpointDown(failure('Gave up on "hub.test" after 6 attempts in 18 s: 503'), ENDPOINT));
  assert.ok(!isEndpointDown(new ModelManagerError("NOT_FOUND", 'Cannot reach "hub.test"'), ENDPOINT));
});

Deno.test("Outage.check() fails like the first one that found nobody, and not before", () => {
  const outage = new Outage(ENDPOINT);
  outage.note(failure("Something else"));
  outage.check();
  const first = failure('Cannot reach "hub.test": the connection was refused');
  outage.note(first);
  outage.note(failure('Cannot reach "hub.test": again'));
  assert.throws(() => outage.check(), (error) => error === first);
});
