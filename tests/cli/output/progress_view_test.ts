import assert from "node:assert/strict";
import { Output } from "../../../cli/output/output.ts";
import { announce } from "../../../cli/output/progress_lines.ts";
import { startProgress } from "../../../cli/output/progress_state.ts";
import { showBars, showLines } from "../../../cli/output/progress_view.ts";
import { PLAIN_THEME } from "../../../cli/output/theme.ts";
import { pullEvents } from "../../support/fake_manager.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../support/fake_terminal.ts";
import { TestClock } from "../../support/test_clock.ts";

function ports(options: FakeTerminalOptions = {}, environment = { LANG: "C.UTF-8" }) {
  const terminal = new FakeTerminal(options);
  const output = new Output({ mode: "human", terminal, noColor: true, environment });
  return { terminal, output, clock: new TestClock() };
}

Deno.test("showLines() writes a line every five seconds, and one for each thing that happens", async () => {
  const { terminal, output, clock } = ports();
  const view = showLines({ terminal, output, clock });
  await clock.advance(6_000);
  assert.equal(terminal.stderr, "");
  for (const event of pullEvents("acme/x")) {
    view.handle(event);
    await clock.advance(4_000);
  }
  view[Symbol.dispose]();
  await clock.advance(60_000);
  assert.deepEqual(terminal.stderr.trimEnd().split("\n"), [
    "acme/Llama-3.2-3B-Instruct-GGUF: 1.16 GB to fetch in 1 file",
    "42 %, 840 MB of 2.00 GB, 0 of 1 file, 0 B/s, 0:10 elapsed",
    "Llama-3.2-3B-Instruct-Q4_K_M.gguf: resumed at 42 % (840 MB)",
    // 560 MB in the 5 s since the start, then 600 MB in the 6 s since the sample before the window.
    "70 %, 1.40 GB of 2.00 GB, 0 of 1 file, 112 MB/s, ETA 0:05, 0:15 elapsed",
    "100 %, 2.00 GB of 2.00 GB, 0 of 1 file, 0:20 elapsed",
    "100 %, 2.00 GB of 2.00 GB, 0 of 1 file, verifying, 0:25 elapsed",
    "100 %, 2.00 GB of 2.00 GB, 0 of 1 file, publishing, 0:30 elapsed",
    "✓ Llama-3.2-3B-Instruct-Q4_K_M.gguf  2.00 GB in 0:20, 58.0 MB/s",
    "100 %, 2.00 GB of 2.00 GB, 1 of 1 file, 0:35 elapsed",
  ]);
});

Deno.test("showBars() leaves only the lasting lines, those said by others among them", async () => {
  const { terminal, output, clock } = ports({ columns: 100 });
  {
    using view = await showBars({ terminal, output, clock });
    for (const event of pullEvents("acme/x")) {
      view.handle(event);
      await clock.advance(1_000);
    }
    output.warn("the registry was rebuilt");
    assert.match(terminal.stderr, /█+░+ {3}42 %/);
  }
  output.say("after");
  const end = terminal.stderr.slice(terminal.stderr.lastIndexOf("warning"));
  // deno-lint-ignore no-control-regex
  const lasting = end.replace(/\x1b\[\d*[AKJ]/g, "");
  assert.equal(lasting, "warning: the registry was rebuilt\nafter\n");
});

Deno.test("bars, marks and what stays are ASCII where the terminal has nothing else, and as wide", async () => {
  const shown = async (LANG: string): Promise<string> => {
    const { terminal, output, clock } = ports({ columns: 70 }, { LANG });
    using view = await showBars({ terminal, output, clock });
    for (const event of pullEvents("acme/x")) {
      view.handle(event);
      await clock.advance(1_000);
    }
    return terminal.stderr;
  };
  const [ascii, unicode] = [await shown("C"), await shown("C.UTF-8")];
  // deno-lint-ignore no-control-regex
  assert.match(ascii, /^[\x00-\x7f]*$/);
  assert.match(ascii, /#+-+ +42 %/);
  assert.match(ascii, /^.*\+ Llama-3\.2-3B-Instruct-Q4_K_M\.gguf {2}2\.00 GB/m);
  assert.equal(ascii.length, unicode.length);
});

Deno.test("announce() hides secrets and control characters", () => {
  const error = {
    code: "NETWORK_ERROR",
    message: "GET https://cdn.example/x?Signature=abc failed\x1b[31m",
    hints: [],
    causes: [],
  } as const;
  const [line = ""] = announce(startProgress(0), {
    type: "retrying",
    reference: "acme/x",
    file: "a\x1b]0;title\x07.gguf",
    attempt: 1,
    delayMs: 1500,
    error,
    receivedBytes: 0,
    totalBytes: 1,
  }, { theme: PLAIN_THEME, nowMs: 0 });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(line, /abc|[\x00-\x1f]/);
  assert.match(line, /^retry: .*\(attempt 1, in 2 s\)$/);
});
