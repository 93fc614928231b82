import { strictEqual } from "node:assert/strict";
import { nextLink } from "../../../core/hub/link_header.ts";

const base = new URL("http://hub.test/api/models?limit=2");

Deno.test("nextLink() finds the next page in all the ways a header may be written", () => {
  for (
    const header of [
      '<http://hub.test/api/models?cursor=a,b;c>; rel="next"',
      "<http://hub.test/api/models?cursor=a,b;c>;rel=next",
      '<http://hub.test/first>; rel="first", <http://hub.test/api/models?cursor=a,b;c>; title="x"; rel="last next"',
      '</api/models?cursor=a,b;c>; REL="NEXT"',
    ]
  ) strictEqual(nextLink(header, base)?.href, "http://hub.test/api/models?cursor=a,b;c", header);
});

Deno.test("nextLink() is undefined on the last page", () => {
  for (
    const header of [
      null,
      "",
      '<http://hub.test/x>; rel="prev"',
      "http://hub.test/x; rel=next",
      "<http://[>; rel=next",
    ]
  ) {
    strictEqual(nextLink(header, base), undefined, String(header));
  }
});
