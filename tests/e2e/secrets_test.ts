/**
 * Where secrets must not be: in anything that `mm` writes, prints, or shows of itself in the list of processes, least
 * of all when things go wrong.
 *
 * @module
 */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { startForwardProxy } from "../core/http/loopback_proxy.ts";
import { GATED, LARGE, LARGE_PATH, startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { daemonPid, openDaemonBox } from "../support/daemon_box.ts";
import { deadEndpoint, type Fault, requestsFor } from "../support/faults.ts";
import {
  findTexts,
  openSandbox,
  type RunningProgram,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

const COOKIE = "c00kieOfTheTestHub";
const PASSWORD = "pr0xyS3cretOfTheTest";
const SIGNATURE = "s1gnatureOfAnotherHost";
const PROXY_LOGIN = `ada:${PASSWORD}`;
const Q4 = "tiny-Q4_K_M.gguf";

/** Faults that make the program speak of addresses and replies. */
const FAULTS: readonly Fault[] = [
  { when: requestsFor(Q4), times: 1, effect: { type: "status", status: 503, body: `token=${TOKEN}` } },
  { when: requestsFor(Q4), times: 1, effect: { type: "cut", afterBytes: 5_000 } },
  { when: requestsFor(Q4), times: 1, effect: { type: "expired" } },
  { when: requestsFor(Q4), times: 1, effect: { type: "content-range", value: "bytes 0-1/2" } },
  { when: requestsFor(Q4), times: 1, effect: { type: "redirect", location: `?Signature=${SIGNATURE}` } },
  {
    when: requestsFor(Q4),
    times: 1,
    effect: { type: "headers", headers: { "set-cookie": `session=${COOKIE}` } },
  },
];

/** What the list of processes shows of a process and those that it has started; of the latter also the variables. */
async function shownProcesses(pid: number): Promise<{ readonly own: string; readonly children: string }> {
  const read = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
  const children: string[] = [];
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    for (
      const child of (await read(`/proc/${pid}/task/${thread}/children`)).split(" ").filter((one) =>
        one !== ""
      )
    ) {
      children.push(await read(`/proc/${child}/cmdline`), await read(`/proc/${child}/environ`));
      children.push((await shownProcesses(Number(child))).children);
    }
  }
  return { own: await read(`/proc/${pid}/cmdline`), children: children.join("\n") };
}

/** Looks at the running program until it ends. */
async function watch(running: RunningProgram): Promise<string> {
  let ended = false;
  const finished = running.finished.finally(() => ended = true);
  const shown = new Set<string>();
  while (!ended) {
    const { own, children } = await shownProcesses(running.pid);
    shown.add(own).add(children);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { stdout, stderr } = await finished;
  return [stdout, stderr, ...shown].join("\n");
}

async function checkNothing(box: Sandbox, printed: string, secrets: readonly string[]): Promise<void> {
  const leaks = printed.split("\n").filter((line) => secrets.some((secret) => line.includes(secret)));
  deepStrictEqual(leaks, []);
  deepStrictEqual(await findTexts(box.path, secrets), []);
}

Deno.test("mm shows no token, cookie or signature when requests fail, nor in the list of processes", async () => {
  await using hub = await startE2eHub({
    fileHostFaults: FAULTS,
    hubFaults: [
      { times: 1, effect: { type: "status", status: 500, body: `authorization: Bearer ${TOKEN}` } },
      { times: 1, effect: { type: "redirect", location: `/nowhere?token=${TOKEN}&sig=${SIGNATURE}` } },
    ],
  });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint, HF_TOKEN: TOKEN });
  let printed = "";
  for (
    const args of [["pull", TINY, "-vv"], ["pull", TINY, GATED, "-vv"], ["pull", TINY, "--force", "--events"]]
  ) {
    printed += await watch(box.start([...args, "--connections", "2"]));
  }
  match(printed, /answered 503|broke off|trying again/, "the faults did strike");
  // What a killed process leaves behind: partial data, journals, state.
  hub.bytesPerSecond = 1_000_000;
  await using killed = box.start(["pull", LARGE, "-vv"]);
  await waitUntil(
    "a journal is there",
    async () => (await box.files()).some((path) => /journal$/.test(path)),
  );
  killed.signal("SIGKILL");
  const { stdout, stderr } = await killed.finished;
  for (const args of [["history", "list", "--json"], ["history", "list"], ["list", "--json"]]) {
    const { stdout, stderr } = await box.run(args);
    printed += stdout + stderr;
  }
  ok(hub.signatures.length >= 2, "signed addresses were used");
  await checkNothing(box, printed + stdout + stderr, [TOKEN, COOKIE, SIGNATURE, ...hub.signatures]);
});

Deno.test("mm shows no secret when it moves to a mirror, through a proxy that wants a password", async () => {
  await using proxy = startForwardProxy({ credentials: { user: "ada", password: PASSWORD } });
  await using hub = await startE2eHub({
    hubFaults: [{
      when: ({ method, url }) => method === "HEAD" && url.includes("/resolve/"),
      effect: {
        type: "redirect",
        location: `${deadEndpoint()}/f?X-Amz-Signature=${SIGNATURE}&Policy=${SIGNATURE}`,
      },
    }],
  });
  await using mirror = await startE2eHub();
  await using box = await openSandbox({
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: TOKEN,
    HTTP_PROXY: `http://${PROXY_LOGIN}@${proxy.host}`,
  });
  await box.write("config/model-manager/config.json", JSON.stringify({ mirrors: [mirror.endpoint] }));
  const printed = await watch(box.start(["pull", LARGE, "-vv"]));
  match(printed, /using the mirror .*its file host/);
  ok(mirror.fileRequests(LARGE_PATH).length > 0);
  deepStrictEqual(mirror.requests.filter(({ authorized }) => authorized), []);
  // Without mirror and without file host: the error speaks of both.
  await box.write("config/model-manager/config.json", JSON.stringify({ download: { max_retries: 1 } }));
  const failed = await watch(box.start(["pull", TINY, "-vv"]));
  match(failed, /Cannot download .* through the proxy|Cannot download .* the proxy|answered 50\d/);
  const secrets = [TOKEN, SIGNATURE, PASSWORD, btoa(PROXY_LOGIN), ...mirror.signatures];
  await checkNothing(box, printed + failed, secrets);
});

Deno.test("the daemon keeps no secret in its log, its state or its arguments, and says none", async () => {
  await using hub = await startE2eHub({
    fileHostFaults: FAULTS,
    hubFaults: [{
      times: 1,
      effect: { type: "status", status: 500, body: `authorization: Bearer ${TOKEN}` },
    }],
  });
  await using box = await openDaemonBox(hub, { MM_LOG_LEVEL: "trace" });
  let printed = "";
  const run = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await box.run(args);
    printed += stdout + stderr;
  };
  await run("start", "--token", TOKEN);
  await run("pull", TINY, GATED, "--background");
  const pid = await daemonPid(box);
  ok(pid !== undefined);
  await waitUntil("the jobs have ended", async () => {
    const { stdout } = await box.run(["queue", "list", "--json"]);
    printed += stdout;
    return JSON.parse(stdout).jobs.every(({ status }: { status: string }) =>
      /^(?:completed|failed)$/.test(status)
    );
  });
  printed += (await shownProcesses(pid)).own;
  for (const args of [["status", "--json"], ["logs", "--tail", "all"], ["logs", "--tail", "all", "--json"]]) {
    await run(...args);
  }
  match(printed, /is downloading/);
  match(printed, /"area": "http"/, "requests are in the log");
  // While it runs, with its socket, and after it has stopped.
  const secrets = [TOKEN, COOKIE, SIGNATURE, ...hub.signatures];
  await checkNothing(box, printed, secrets);
  await run("stop");
  await checkNothing(box, printed, secrets);
});
