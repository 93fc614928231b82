/**
 * `mm doctor`: looks at everything that the program depends on, and says what to do. It puts nothing right itself.
 *
 * @module
 */
import { isGranted } from "../../platform/runtime_facts.ts";
import type { CallOptions } from "../model_manager.ts";
import { CHECK_GROUPS, type DoctorReport } from "./check.ts";
import type { DoctorHost, DoctorRequest } from "./host.ts";
import { stateTasks } from "./library_tasks.ts";
import { localTasks } from "./local_tasks.ts";
import { networkTasks } from "./network_tasks.ts";
import { type CheckTask, type Need, runChecks, type RunChecksOptions } from "./run_checks.ts";

export type { TerminalFacts } from "./machine_checks.ts";
export type { ConfigurationFacts } from "./settings_checks.ts";
export type { Check, CheckGroup, CheckStatus, DoctorReport } from "./check.ts";
export { type DoctorHost, doctorHost, type DoctorRequest } from "./host.ts";

/** A disk that takes longer than this is in trouble itself. */
const LOCAL_LIMIT = { limitMs: 10_000, lateHint: "Look at the disk: df -h, then dmesg" } as const;
/** All of the network is asked at once: nobody waits longer than this. */
const NETWORK_LIMIT = {
  limitMs: 4_500,
  lateHint: "Check the network connection and the proxy settings, then: mm doctor",
} as const;

/**
 * Looks at everything. First at this machine, then at the network, so that neither makes the other look slow.
 *
 * @throws {ModelManagerError} `CANCELLED`, and nothing else.
 */
export async function doctor(
  host: DoctorHost,
  request: DoctorRequest = {},
  call: CallOptions = {},
): Promise<DoctorReport> {
  const { clock } = host.context;
  const run = (tasks: readonly CheckTask[], limit: Pick<RunChecksOptions, "limitMs" | "lateHint">) =>
    runChecks(tasks, {
      ...limit,
      clock,
      signal: call.signal,
      isGranted: ({ name, scope }: Need) => isGranted(name, scope),
    });
  const local = await run(localTasks(host, request), LOCAL_LIMIT);
  const store = host.store.isFile || host.offline ? [] : stateTasks(host);
  const remote = await run([...store, ...networkTasks(host)], NETWORK_LIMIT);
  const all = [...local, ...remote];
  const checks = CHECK_GROUPS.flatMap((group) => all.filter((check) => check.group === group));
  return { checks, ok: checks.every(({ status }) => status !== "problem") };
}
