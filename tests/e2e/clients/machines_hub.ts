/**
 * The Hub of the five machines: a process that prints what it has as JSON, and runs until it is ended.
 *
 * @module
 */
import { expectedBytes, randomModel } from "../../support/random_model.ts";
import { startFakeHub } from "../../support/fake_hub.ts";
import { requestsFor } from "../../support/faults.ts";
import { sha256 } from "./client_case.ts";

/** What the Hub prints. */
export interface HubFacts {
  readonly endpoint: string;
  readonly repo: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly gated: { readonly repo: string; readonly path: string; readonly token: string };
}

const FILE = { repo: "machines/model", path: "model.safetensors" } as const;
const SIZE_BYTES = 48_000_000;
/** A connection gives no more in a second: so that the machines do ask while the file arrives. */
const BYTES_PER_SECOND = 3_000_000;
const GATED = {
  repo: "machines/gated",
  path: "model.safetensors",
  token: `hf_${"tokenOfMachineTwo".repeat(2)}`,
} as const;

async function main(hostname: string): Promise<void> {
  const source = randomModel(
    { repo: FILE.repo, files: [{ path: FILE.path, sizeBytes: SIZE_BYTES }] },
    { repo: GATED.repo, gated: "manual", files: [{ path: GATED.path, sizeBytes: 300_000 }] },
  );
  const digest = sha256(await expectedBytes(source, FILE));
  const hub = await startFakeHub({
    source,
    access: { tokens: [{ token: GATED.token, account: "ada", grants: { [GATED.repo]: "granted" } }] },
    hostname,
    fileHost: false,
    hubFaults: [{ when: requestsFor(FILE.path), effect: { type: "slow", bytesPerSecond: BYTES_PER_SECOND } }],
  });
  const facts: HubFacts = {
    ...FILE,
    endpoint: hub.endpoint,
    sizeBytes: SIZE_BYTES,
    sha256: digest,
    gated: GATED,
  };
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(facts)}\n`));
  await hub.finished;
}

if (import.meta.main) await main(Deno.args[0] ?? "127.0.0.1");
