import { strict as assert } from "node:assert";
import { hasPseudoTerminal, PseudoTerminal } from "../../bench/pseudo_terminal.ts";

const ignore = !await hasPseudoTerminal();
const SCRIPT =
  `stty size; read -r line; printf 'got <%s>' "$line"; trap 'exit 0' INT; while :; do sleep 0.05; done`;

Deno.test({
  name: "PseudoTerminal has a size, takes keys and shows what is written",
  ignore,
  async fn() {
    await using terminal = new PseudoTerminal({ args: ["sh", "-c", SCRIPT] }, { columns: 91, rows: 23 });
    await terminal.until("23 91", { fromStart: true });
    const seen = terminal.until("got <it's>");
    await terminal.type("it's\n");
    await seen;
    assert.ok(terminal.elapsedSeconds > 0);
    assert.notEqual(terminal.pids.length, 0);
  },
});

Deno.test({
  name: "PseudoTerminal.until() fails when the program ends before",
  ignore,
  async fn() {
    await using terminal = new PseudoTerminal({ args: ["true"] }, { columns: 80, rows: 24 });
    await assert.rejects(terminal.until("never", { fromStart: true }), /ended before it showed "never"/);
  },
});
