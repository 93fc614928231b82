import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import {
  looseCount,
  looseDate,
  looseField,
  looseText,
  looseTexts,
  wireCount,
  wireField,
  wireList,
  wireRawText,
  wireRoot,
  wireText,
} from "../../../core/hub/wire.ts";

Deno.test("the readers name the place of a wrong value, what it is and what was wanted", () => {
  const reply = wireRoot({ siblings: [{ size: 1 }, { size: "big" }] });
  throws(() => wireList(wireField(reply, "siblings")).map((entry) => wireCount(wireField(entry, "size"))), {
    message: 'Cannot read the Hub\'s reply: "siblings[1].size" is a string, wanted a whole number',
    code: "FAILED",
  });
  throws(() => wireField(wireRoot([]), "id"), /"reply" is a list, wanted an object/);
  throws(() => wireList(wireRoot(null)), /"reply" is null, wanted a list/);
  throws(() => wireText(wireField(wireRoot({}), "id")), /"id" is missing, wanted a text/);
});

Deno.test("wireCount() takes whole numbers only", () => {
  strictEqual(wireCount(wireRoot(0)), 0);
  for (const value of [-1, 1.5, NaN, 2 ** 60, "1", null]) throws(() => wireCount(wireRoot(value)));
});

Deno.test("wireField() does not read what an object inherits", () => {
  strictEqual(wireField(wireRoot({}), "constructor").value, undefined);
});

Deno.test("wireText() is fit to be shown, wireRawText() is as it came", () => {
  strictEqual(wireText(wireRoot("\x1b[31mx\n")), "x");
  strictEqual(wireRawText(wireRoot("\x1b[31mx\n")), "\x1b[31mx\n");
});

Deno.test("the loose readers take anything and give what can be used", () => {
  strictEqual(looseText(wireRoot(7)), undefined);
  strictEqual(looseText(wireRoot("")), undefined);
  strictEqual(looseCount(wireRoot("7")), undefined);
  strictEqual(looseField(wireRoot("text"), "a").value, undefined);
  deepStrictEqual(looseTexts(wireRoot(["a", 1, "", "b"])), ["a", "b"]);
  deepStrictEqual(looseTexts(wireRoot("a")), ["a"]);
  strictEqual(looseDate(wireRoot("2025-01-02T03:04:05+01:00")), "2025-01-02T02:04:05.000Z");
  strictEqual(looseDate(wireRoot("soon")), undefined);
});

Deno.test("an error over a hostile name carries no control characters", () => {
  throws(() => wireText(wireField(wireRoot({}), "a\x1b[2Jb")), (error: Error) => {
    match(error.message, /"ab" is missing/);
    return true;
  });
});
