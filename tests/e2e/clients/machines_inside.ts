/**
 * Five machines on one: a Hub, `mm serve --pull-through` before it, and three that pull the same model at once. Each is
 * a network namespace; this has to run in a user, network and mount namespace of its own (see `machines.ts`), with
 * which all of it vanishes. Prints what was measured as JSON.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { openSandbox, type RunningProgram, type Sandbox, waitUntil } from "../../support/run_program.ts";
import { sha256Of } from "./client_case.ts";
import { mustRun, runProcess } from "./client_process.ts";
import type { HubFacts } from "./machines_hub.ts";
import type { Measured } from "./machines.ts";
import { CURRENT_PYTHON } from "./python_client.ts";

const UPSTREAM = "10.77.0.1";
const SERVER = "10.77.1.1";
const PORT = "8787";
const MACHINES = ["one", "two", "three"] as const;

async function ip(...args: string[]): Promise<string> {
  return await mustRun("ip", args);
}

async function inside(machine: string, ...args: string[]): Promise<string> {
  return await ip("netns", "exec", machine, "ip", ...args);
}

/** From a port of the server to another machine, where it is `eth0`. */
async function cable(port: string, machine: string): Promise<void> {
  const server = ["name", port, "netns", "server"];
  const peer = ["name", "eth0", "netns", machine];
  await ip("link", "add", ...server, "type", "veth", "peer", ...peer);
}

/** Cables: the Hub with the server, and the server's bridge with the three machines. */
async function lay(): Promise<void> {
  for (const name of ["upstream", "server", ...MACHINES]) {
    await ip("netns", "add", name);
    await inside(name, "link", "set", "lo", "up");
  }
  await cable("wan", "upstream");
  await inside("upstream", "address", "add", `${UPSTREAM}/30`, "dev", "eth0");
  await inside("upstream", "link", "set", "eth0", "up");
  await inside("server", "address", "add", "10.77.0.2/30", "dev", "wan");
  await inside("server", "link", "set", "wan", "up");
  await inside("server", "link", "add", "name", "lan", "type", "bridge");
  await inside("server", "address", "add", `${SERVER}/24`, "dev", "lan");
  await inside("server", "link", "set", "lan", "up");
  for (const [index, name] of MACHINES.entries()) {
    const port = `port${index}`;
    await cable(port, name);
    await inside("server", "link", "set", port, "master", "lan", "up");
    await inside(name, "address", "add", `10.77.1.${11 + index}/24`, "dev", "eth0");
    await inside(name, "link", "set", "eth0", "up");
  }
}

interface LinkStatistics {
  readonly stats64: { readonly rx: { readonly bytes: number }; readonly tx: { readonly bytes: number } };
}

/** Bytes that have passed an interface of the server so far. */
async function passed(device: string): Promise<{ readonly in: number; readonly out: number }> {
  const [link] = JSON.parse(
    await inside("server", "-j", "-s", "link", "show", "dev", device),
  ) as LinkStatistics[];
  return { in: link?.stats64.rx.bytes ?? 0, out: link?.stats64.tx.bytes ?? 0 };
}

function startIn(machine: string, box: Sandbox, args: readonly string[]): RunningProgram {
  return box.shell(`exec ip netns exec ${machine} "$@"`, args);
}

/** A way to pull, and where the file is then. */
interface Puller {
  readonly program: string;
  pull(facts: HubFacts): Promise<string>;
}

const ENDPOINT = `http://${SERVER}:${PORT}`;

function mm(machine: string, box: Sandbox): Puller {
  return {
    program: "mm",
    async pull({ repo, path }) {
      const { code, stderr } = await startIn(machine, box, ["--endpoint", ENDPOINT, "pull", repo, "-q"])
        .finished;
      strictEqual(code, 0, stderr);
      return join(box.modelsDir, repo, path);
    },
  };
}

/** Python's client when it is here, otherwise `mm`. */
function python(machine: string, box: Sandbox): Puller {
  if (CURRENT_PYTHON === undefined) return mm(machine, box);
  const command = CURRENT_PYTHON;
  return {
    program: "huggingface_hub",
    async pull({ repo, path }) {
      const script = `import huggingface_hub; print(huggingface_hub.hf_hub_download("${repo}", "${path}"))`;
      const env = {
        HOME: box.home,
        HF_HOME: box.join("hf"),
        HF_ENDPOINT: ENDPOINT,
        HF_HUB_DISABLE_PROGRESS_BARS: "1",
        HF_HUB_DISABLE_TELEMETRY: "1",
      };
      return (await mustRun("ip", ["netns", "exec", machine, command, "-c", script], { env })).trim();
    },
  };
}

function curl(machine: string, box: Sandbox): Puller {
  return {
    program: "curl",
    async pull({ repo, path }) {
      const target = box.join("file");
      const url = `${ENDPOINT}/${repo}/resolve/main/${path}`;
      await mustRun("ip", ["netns", "exec", machine, "curl", "-sSfL", "-o", target, url]);
      return target;
    },
  };
}

/** What the Hub answers a machine that has no right to a file, before and after another machine has fetched it. */
async function askForGated(facts: HubFacts): Promise<number[]> {
  const url = `${ENDPOINT}/${facts.gated.repo}/resolve/main/${facts.gated.path}`;
  const ask = async (machine: string, ...args: string[]): Promise<number> => {
    const command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", ...args, url];
    return Number((await runProcess("ip", ["netns", "exec", machine, ...command])).stdout);
  };
  const granted = ["-H", `Authorization: Bearer ${facts.gated.token}`];
  return [await ask("one"), await ask("two", ...granted), await ask("three")];
}

/** A number of the server's `/metrics`, all labels summed up. */
async function metric(name: string): Promise<number> {
  const text = await mustRun("ip", ["netns", "exec", "one", "curl", "-sSf", `${ENDPOINT}/metrics`]);
  const lines = text.split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function measure(opened: AsyncDisposableStack): Promise<Measured> {
  const [upstreamBox, serverBox] = [opened.use(await openSandbox()), opened.use(await openSandbox())];
  const boxes = [
    opened.use(await openSandbox()),
    opened.use(await openSandbox()),
    opened.use(await openSandbox()),
  ] as const;
  const hubScript = new URL("./machines_hub.ts", import.meta.url).pathname;
  const hub = opened.use(
    upstreamBox.shell(`exec ip netns exec upstream "$1" run -A ${hubScript} ${UPSTREAM}`, []),
  );
  await waitUntil(`the Hub runs: ${hub.stderr}`, () => hub.stdout.endsWith("}\n"));
  const facts = JSON.parse(hub.stdout) as HubFacts;
  const served = ["--endpoint", facts.endpoint, "serve", "--pull-through", "--host", SERVER, "--port", PORT];
  const server = opened.use(startIn("server", serverBox, [...served, "--allow-anonymous", "--json"]));
  await waitUntil(`the server runs: ${server.stderr}`, () => server.stdout.endsWith("}\n"));

  const before = await passed("wan");
  const startedAt = performance.now();
  const pullers = [mm("one", boxes[0]), python("two", boxes[1]), curl("three", boxes[2])];
  const digests = await Promise.all(pullers.map(async (puller) => await sha256Of(await puller.pull(facts))));
  const elapsedMs = performance.now() - startedAt;
  const after = await passed("wan");
  const toMachines = await Promise.all(MACHINES.map(async (_, index) => (await passed(`port${index}`)).out));
  return {
    programs: pullers.map(({ program }) => program),
    fileBytes: facts.sizeBytes,
    equal: digests.every((digest) => digest === facts.sha256),
    upstreamBytes: after.in - before.in,
    machineBytes: toMachines,
    elapsedMs: Math.round(elapsedMs),
    downloads: await metric("mm_upstream_downloads_total"),
    joined: await metric("mm_upstream_joined_total"),
    gatedStatuses: await askForGated(facts),
  };
}

if (import.meta.main) {
  await using opened = new AsyncDisposableStack();
  await lay();
  const measured = await measure(opened);
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(measured)}\n`));
}
