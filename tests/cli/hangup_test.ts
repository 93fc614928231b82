import assert from "node:assert/strict";
import { heedsHangup, ignoresHangup } from "../../cli/hangup.ts";

const status = (mask: string) =>
  `Name:\tdeno\nSigBlk:\t0000000000000001\nSigIgn:\t${mask}\nSigCgt:\t0000000000000001\n`;

Deno.test("ignoresHangup() reads the first bit of the mask of ignored signals", () => {
  assert.equal(ignoresHangup(status("0000000000001001")), true);
  assert.equal(ignoresHangup(status("0000000000001000")), false);
  assert.equal(ignoresHangup(status("fffffffffffffffe")), false);
  assert.equal(ignoresHangup(status("ffffffffffffffff")), true);
  assert.equal(ignoresHangup("Name:\tdeno\n"), undefined);
});

Deno.test("heedsHangup() leaves a signal alone that is ignored, and guesses where the system does not tell", () => {
  const [ignored, heeded] = [status("0000000000000001"), status("0000000000000000")];
  assert.equal(heedsHangup({ os: "linux", status: ignored, hasTerminal: true }), false);
  assert.equal(heedsHangup({ os: "linux", status: heeded, hasTerminal: false }), true);
  assert.equal(heedsHangup({ os: "darwin", status: undefined, hasTerminal: true }), true);
  assert.equal(heedsHangup({ os: "darwin", status: undefined, hasTerminal: false }), false);
  assert.equal(heedsHangup({ os: "linux", status: "nonsense", hasTerminal: false }), false);
  assert.equal(heedsHangup({ os: "windows", status: undefined, hasTerminal: true }), false);
});
