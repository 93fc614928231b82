/**
 * Three machines behind one `mm serve --pull-through`, in network namespaces: what passes between the server and the
 * Hub is counted. `deno run -A tests/e2e/clients/machines.ts` shows it.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { mustRun } from "./client_process.ts";

/** What was measured. */
export interface Measured {
  /** What each machine pulled with. */
  readonly programs: readonly string[];
  readonly fileBytes: number;
  /** Whether all have the right bytes. */
  readonly equal: boolean;
  /** Into the server from the Hub, headers of packets and all. */
  readonly upstreamBytes: number;
  /** From the server to each machine. */
  readonly machineBytes: readonly number[];
  readonly elapsedMs: number;
  /** Downloads from the Hub, and requests that took part in one that was under way; both as `/metrics` says. */
  readonly downloads: number;
  readonly joined: number;
  /** Answers about a gated file: without a right, with one, and then without again. */
  readonly gatedStatuses: readonly number[];
}

/** Namespaces of its own, in which namespaces can be made by anybody; they vanish with their last process. */
const UNSHARE = ["--map-root-user", "--net", "--mount", "sh", "-c"];
const PREPARE = "mount -t tmpfs tmpfs /run";

/** Whether this system lets us make network namespaces. */
export function canMakeMachines(): boolean {
  if (Deno.build.os !== "linux") return false;
  const probe =
    `${PREPARE} && ip netns add probe && ip link add name here type veth peer name there netns probe && ` +
    `ip link add name lan type bridge && ip netns exec probe true`;
  return spawnSync("unshare", [...UNSHARE, probe], { stdio: "ignore" }).status === 0;
}

/** Lets three machines pull at once. */
export async function playMachines(): Promise<Measured> {
  const script = fileURLToPath(new URL("./machines_inside.ts", import.meta.url));
  const python = Deno.env.get("MM_TEST_PYTHON");
  const output = await mustRun("unshare", [
    ...UNSHARE,
    `${PREPARE} && exec "$0" run -A --no-check "$1"`,
    Deno.execPath(),
    script,
  ], {
    env: python === undefined ? {} : { MM_TEST_PYTHON: python },
    limitMs: 90_000,
  });
  return JSON.parse(output) as Measured;
}

function format(measured: Measured): string {
  const { programs, fileBytes, upstreamBytes, machineBytes, elapsedMs, equal } = measured;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const times = (bytes: number): string => `${(bytes / fileBytes).toFixed(3)} times the file`;
  const sum = machineBytes.reduce((total, bytes) => total + bytes, 0);
  return [
    `file: ${megabytes(fileBytes)}, ${programs.join(", ")} at once, in ${(elapsedMs / 1000).toFixed(1)} s`,
    `from the Hub to the server: ${megabytes(upstreamBytes)}, ${times(upstreamBytes)}`,
    `from the server to the machines: ${megabytes(sum)}, ${times(sum)}`,
    `downloads from the Hub: ${measured.downloads}, requests that joined one: ${measured.joined}`,
    `equal bytes everywhere: ${equal}`,
    `a gated file without a right, with one, without: ${measured.gatedStatuses.join(", ")}`,
  ].join("\n");
}

if (import.meta.main) {
  const text = canMakeMachines() ? format(await playMachines()) : "This system permits no network namespaces";
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
