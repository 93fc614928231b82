/**
 * The fault table: every way in which a network or a server may fail, each alone, and what has to come of it.
 *
 * Faults that need processes or certificates of their own are rows of other tests:
 *
 * | fault | test |
 * |---|---|
 * | https to http refused | `proxy_test.ts`: "mm pull follows the Hub from https to https only"; `segment_request_test.ts` |
 * | proxy dead, unknown, wants a password; SOCKS; `NO_PROXY`, `*` too | `proxy_test.ts` |
 * | proxy dies under the workers | `fault_processes_test.ts` |
 * | custom and unknown certificate authority | `proxy_test.ts`; for the threads: `segment_request_test.ts` |
 * | `kill -9`, signals, several processes | `interruption_test.ts` |
 * | mirrors: order, token, refusals | `mirror_test.ts`, `core/hub/mirrors_test.ts` |
 * | connections that a host allows: 1, 2 and 3 of them, with each answer | `core/download/engine_limits_test.ts` |
 * | all of them mixed | `core/download/engine_chaos_test.ts` |
 *
 * @module
 */
import { BODIES, REDIRECTS } from "./body_faults.ts";
import { CONNECTIONS } from "./connection_faults.ts";
import type { FaultCase } from "./fault_case.ts";
import { API, HOSTS } from "./host_faults.ts";
import { STATUSES } from "./status_faults.ts";

/** All rows. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...CONNECTIONS,
  ...STATUSES,
  ...BODIES,
  ...REDIRECTS,
  ...HOSTS,
  ...API,
];
