import assert from "node:assert/strict";
import type { ModelManager } from "../../core/operations/model_manager.ts";
import { ACCOUNT, fakeManager } from "../support/fake_manager.ts";
import { FakeTerminal } from "../support/fake_terminal.ts";
import { runTestCli } from "../support/run_cli.ts";

/** A manager that notes what is removed, cleared and logged in with. */
function recorder(): { readonly done: string[]; readonly manager: Partial<ModelManager> } {
  const done: string[] = [];
  const { history, remove, cleanup } = fakeManager();
  return {
    done,
    manager: {
      remove(references) {
        done.push(`remove ${references.join(" ")}`);
        return remove(references);
      },
      cleanup(request) {
        done.push(`cleanup ${JSON.stringify(request)}`);
        return cleanup(request);
      },
      history: {
        ...history,
        clear(query) {
          done.push(`clear ${JSON.stringify(query)}`);
          return Promise.resolve(2);
        },
      },
      login(token) {
        done.push(`login ${token}`);
        return Promise.resolve(ACCOUNT);
      },
    },
  };
}

for (
  const [args, expected] of [
    [["remove", "acme/clip"], "remove acme/clip"],
    [["cleanup", "--older-than", "2d"], 'cleanup {"olderThanMs":172800000}'],
    [["history", "clear", "--repo", "acme/clip"], 'clear {"repo":"acme/clip"}'],
  ] as const
) {
  const line = `mm ${args.join(" ")}`;

  Deno.test(`${line} asks on a terminal and goes on after yes`, async () => {
    for (const answer of ["y", "Yes"]) {
      const { done, manager } = recorder();
      const run = await runTestCli(args, { manager, terminal: { columns: 80, input: [answer] } });
      assert.deepEqual([run.code, done], [0, [expected]]);
      assert.match(run.stderr, /\? \[y\/N\] /);
    }
  });

  Deno.test(`${line} does nothing after any other answer`, async () => {
    for (const input of [["n"], [""], ["maybe"], []]) {
      const { done, manager } = recorder();
      const run = await runTestCli(args, { manager, terminal: { columns: 80, input } });
      assert.deepEqual([run.code, done, run.stdout], [1, [], ""]);
    }
  });

  Deno.test(`${line} needs --yes where nobody can answer, and says how to type it`, async () => {
    for (const form of [[], ["--json"], ["--quiet"]]) {
      const { done, manager } = recorder();
      const run = await runTestCli([...args, ...form], { manager });
      assert.deepEqual([run.code, done], [2, []]);
      assert.match(run.stdout + run.stderr, new RegExp(`${line}.* --yes`));
    }
    const { done, manager } = recorder();
    const run = await runTestCli([...args, "--yes"], { manager });
    assert.deepEqual([run.code, done], [0, [expected]]);
    assert.doesNotMatch(run.stderr, /\[y\/N\]/);
  });
}

Deno.test("mm login takes the token from --token, from a pipe, or typed unseen", async () => {
  const ways: readonly (readonly [readonly string[], FakeTerminal, number])[] = [
    [["login", "--token", "hf_option"], new FakeTerminal({ input: ["hf_other"] }), 0],
    [["login"], new FakeTerminal({ input: [" hf_option "] }), 0],
    [["login"], new FakeTerminal({ columns: 80, input: ["hf_option"] }), 1],
  ];
  for (const [args, terminal, secretsRead] of ways) {
    const { done, manager } = recorder();
    const run = await runTestCli(args, { manager, terminal });
    assert.deepEqual([run.code, done, terminal.secretsRead], [0, ["login hf_option"], secretsRead]);
    assert.doesNotMatch(run.stdout + run.stderr, /hf_/);
    assert.match(run.stderr, /Logged in as ada \(token "laptop", read\)\n$/);
  }
});

Deno.test("mm login refuses an empty token and one with spaces, and does not repeat it", async () => {
  for (const input of [[], [""], ["hf_two words"], ["hf_ünïcode"]]) {
    const { done, manager } = recorder();
    const run = await runTestCli(["login"], { manager, terminal: { input } });
    assert.deepEqual([run.code, done], [2, []]);
    assert.doesNotMatch(run.stderr, /hf_/);
  }
});

Deno.test("mm login as JSON is the account", async () => {
  const run = await runTestCli(["login", "--json", "--token", "hf_x"]);
  assert.deepEqual(JSON.parse(run.stdout), { ...ACCOUNT, email: null });
});
