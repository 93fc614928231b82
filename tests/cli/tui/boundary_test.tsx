import assert from "node:assert/strict";
import { renderToString, Text } from "ink";
import type { ReactNode } from "react";
import { Boundary } from "../../../cli/tui/boundary.tsx";

function Broken(): ReactNode {
  throw new Error("cannot be drawn");
}

Deno.test("Boundary shows nothing of what cannot be drawn, and says why", () => {
  const errors: unknown[] = [];
  const shown = renderToString(
    <Boundary onError={(error) => errors.push(error)}>
      <Broken />
    </Boundary>,
  );
  assert.equal(shown, "");
  assert.match(String(errors), /^Error: cannot be drawn$/);
});

Deno.test("Boundary is not seen while all is well", () => {
  assert.equal(
    renderToString(
      <Boundary onError={(error) => assert.fail(String(error))}>
        <Text>well</Text>
      </Boundary>,
    ),
    "well",
  );
});
