import { strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { createComplaint } from "../../../../cli/tui/downloads/complaint.ts";
import { FakeShell } from "../../../support/tui_screens.ts";

Deno.test("createComplaint() says the same once, until it went well, and nothing at the end", () => {
  const [shell, ended] = [new FakeShell(), new AbortController()];
  const complaint = createComplaint({ shell, signal: ended.signal });
  const no = new Error("no");
  complaint.say(no);
  complaint.say(new Error("no"));
  strictEqual(shell.failed.length, 1);
  complaint.say(new Error("another"));
  complaint.forget();
  complaint.say(new Error("another"));
  strictEqual(shell.failed.length, 3);
  complaint.say(new ModelManagerError("CANCELLED", "Stopped"));
  ended.abort();
  complaint.say(no);
  strictEqual(shell.failed.length, 3);
});
