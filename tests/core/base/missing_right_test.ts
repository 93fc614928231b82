import assert from "node:assert/strict";
import {
  allowFlag,
  missingRight,
  missingRightHints,
  missingRightMessage,
  missingRightOf,
  nameableFolder,
  readMissingRight,
} from "../../../core/base/missing_right.ts";
import { toErrorData } from "../../../core/base/errors.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { runDeno } from "../../support/run_deno.ts";

function refusal(message: string): Error {
  return Object.assign(new Error(message), { name: "NotCapable" });
}

Deno.test("missingRight() reads what the runtime really says", async () => {
  const script = `const attempts = [
      () => Deno.readTextFileSync("/a b/c"), () => Deno.writeTextFileSync("/w", ""), () => Deno.env.get("HF_TOKEN"),
      () => Deno.hostname(), () => new Deno.Command("true").spawn(), () => fetch("https://h.test/x?sig=1"),
      () => Deno.makeTempDirSync(), () => Deno.symlinkSync("/x", "/y"), () => Deno.env.toObject(),
      () => Deno.dlopen("/l.so", {}), () => Deno.readTextFileSync("/proc/self/environ"),
    ];
    const said = [];
    for (const attempt of attempts) { try { await attempt(); } catch (error) { said.push([error.name, error.message]); } }
    console.log(JSON.stringify(said));`;
  const { stdout } = await runDeno(script, [], { flags: ["--no-prompt", "--no-config"] });
  const said: [string, string][] = JSON.parse(stdout);
  const rights = said.map(([name, message]) => missingRight(Object.assign(new Error(message), { name })));
  assert.deepEqual(rights.map((right) => right === undefined ? "?" : allowFlag(right)), [
    "--allow-read='/a b/c'",
    "--allow-write=/w",
    "--allow-env=HF_TOKEN",
    "--allow-sys=hostname",
    "--allow-run=true",
    "--allow-net=h.test:443",
    "--allow-write",
    "--allow-write",
    "--allow-env",
    "--allow-ffi=/l.so",
    "--allow-read=/proc/self/environ",
  ]);
});

Deno.test("missingRight() takes nobody else's errors for it", () => {
  assert.equal(
    missingRight(new Error('Requires read access to "/x", run again with the --allow-read flag')),
    undefined,
  );
  assert.equal(missingRight(refusal("Can't escalate parent thread permissions")), undefined);
  assert.equal(missingRightOf(new Error("x")), undefined);
  assert.equal(readMissingRight("nothing of the kind"), undefined);
});

Deno.test("toErrorData() names the flag, what it is for, and the way to all of them", () => {
  const data = toErrorData(
    refusal('Requires net access to "cdn.test:443", run again with the --allow-net flag'),
  );
  assert.equal(data.code, "PERMISSION_ERROR");
  assert.equal(
    data.message,
    'Not allowed to connect to "cdn.test:443": the program was started without that right',
  );
  assert.deepEqual(data.hints, [
    "Add the flag --allow-net=cdn.test:443 to deno run: with it, mm asks the Hub and fetches files from its hosts",
    "See the flags for everything it needs here: mm doctor --permissions pull",
  ]);
  const odd = toErrorData(refusal("Can't escalate parent thread permissions"));
  assert.deepEqual([odd.code, odd.hints.length], ["PERMISSION_ERROR", 1]);
});

Deno.test("allowFlag() can be typed into a shell", () => {
  assert.equal(allowFlag({ kind: "read", scope: "/it's here" }), "--allow-read='/it'\\''s here'");
  assert.equal(allowFlag({ kind: "run", scope: undefined }), "--allow-run");
  assert.match(missingRightMessage({ kind: "write", scope: undefined }), /write everything it needs/);
  assert.match(missingRightHints({ kind: "run", scope: "nano" })[0] ?? "", /--allow-run=nano .* your editor/);
});

Deno.test("allowFlag() grants what a flag can name in place of a path with a comma, and Deno takes it", async () => {
  assert.equal(allowFlag({ kind: "net", scope: "unix:/a,b/s" }), "--allow-net");
  assert.equal(allowFlag({ kind: "run", scope: "/a,b/c" }), "--allow-run");
  assert.deepEqual([nameableFolder("a,b"), nameableFolder("/a/b"), nameableFolder("/a,b/c,d/e")], [
    ".",
    "/a/b",
    "/",
  ]);
  const right = { kind: "read", scope: "/x/a,b/m" } as const;
  assert.match(missingRightHints(right)[0] ?? "", /flag --allow-read=\/x to deno run/);
  assert.equal(
    missingRightHints(right)[1],
    `Deno's flags cannot name a path with a comma: they grant "/x" in place of "/x/a,b/m"`,
  );
  await using dir = await makeTempDir();
  const path = dir.join("a,b");
  await Deno.writeTextFile(path, "read");
  const script = `console.log(Deno.readTextFileSync(${JSON.stringify(path)}));`;
  const { stdout, stderr } = await runDeno(script, [], {
    flags: ["--no-prompt", "--no-config", allowFlag({ kind: "read", scope: path })],
  });
  assert.equal(stdout.trim(), "read", stderr);
});

Deno.test("missingRightHints() names the set that has the right, and none where no set has it", () => {
  const setOf = (...right: Parameters<typeof missingRightHints>): string | undefined =>
    /--permissions (\w+)$/.exec(missingRightHints(...right).at(-1) ?? "")?.[1];
  assert.equal(setOf({ kind: "write", scope: "/x" }), "pull");
  assert.equal(setOf({ kind: "net", scope: "unix:/s/control.sock" }), "daemon");
  assert.equal(setOf({ kind: "net", scope: "0.0.0.0:80" }, { toListen: true }), "serve");
  assert.equal(setOf({ kind: "run", scope: "nano" }), undefined);
});
