import assert from "node:assert/strict";
import { canRedraw, showsUnicode } from "../../../cli/output/shows_unicode.ts";

Deno.test("showsUnicode() goes by the locale, the strongest variable first", () => {
  assert.equal(showsUnicode({ LANG: "en_US.UTF-8" }), true);
  assert.equal(showsUnicode({ LANG: "de_DE.utf8" }), true);
  assert.equal(showsUnicode({ LANG: "en_US.UTF-8", LC_ALL: "C" }), false);
  assert.equal(showsUnicode({ LANG: "C", LC_CTYPE: "C.UTF-8", LC_ALL: "" }), true);
  assert.equal(showsUnicode({ LANG: "en_US.ISO-8859-1" }), false);
  assert.equal(showsUnicode({}), false);
  assert.equal(showsUnicode({ WT_SESSION: "1" }), true);
  assert.equal(showsUnicode({ OS: "Windows_NT" }), false);
  assert.equal(showsUnicode({ OS: "Windows_NT", TERM_PROGRAM: "vscode" }), true);
  assert.equal(showsUnicode({ LC_ALL: "POSIX", WT_SESSION: "1" }), false);
  for (const TERM of ["vt100", "vt220", "dumb"]) assert.equal(showsUnicode({ LANG: "C.UTF-8", TERM }), false);
  assert.equal(showsUnicode({ LANG: "C.UTF-8", TERM: "xterm-256color" }), true);
});

Deno.test("canRedraw() is true of all terminals but those that know no cursor", () => {
  for (const TERM of ["dumb", "unknown"]) assert.equal(canRedraw({ TERM }), false);
  for (const TERM of ["vt100", "xterm-256color"]) assert.equal(canRedraw({ TERM }), true);
  // Terminals of Windows need not say anything.
  assert.equal(canRedraw({}), true);
});
