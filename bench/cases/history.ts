/**
 * Statistics over a long history: whole processes over a real store.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HistoryStore } from "../../core/state/history.ts";
import type { HistoryRecord } from "../../core/state/history_record.ts";
import { type BenchCase, medianOf, runFolder, type Sample } from "../case.ts";
import { modelManagerCommand } from "../contenders.ts";
import { type Command, measure } from "../measure.ts";

const RECORDS = 100_000;
const REPOS = 1000;
const QUANTS = ["Q2_K", "Q4_K_M", "Q5_K_M", "Q8_0", "F16"];
const STATUSES: readonly HistoryRecord["status"][] = [
  "completed",
  "completed",
  "completed",
  "failed",
  "cancelled",
];
/** All over two years. */
const SPACING_MS = (2 * 365 * 86_400_000) / RECORDS;

/** Mutations that Deno KV takes at once. */
const BATCH = 200;

function record(index: number, endedAtMs: number): Omit<HistoryRecord, "id"> {
  const name = `model-${String(index % REPOS).padStart(4, "0")}`;
  const repo = `org-${index % 40}/${name}-GGUF`;
  const quant = QUANTS[index % QUANTS.length] ?? "";
  const status = STATUSES[(index * 7) % STATUSES.length] ?? "completed";
  const averageBytesPerSecond = 10 ** 7 + (index % 1000) * 10 ** 5;
  return {
    reference: `${repo}:${quant}`,
    repo,
    revision: "main",
    commit: index.toString(16).padStart(40, "0"),
    files: [`${name}-${quant}-00001-of-00002.gguf`, `${name}-${quant}-00002-of-00002.gguf`],
    status,
    bytesFetched: 2 ** 30 + index,
    bytesResumed: index % 3 === 0 ? 2 ** 20 : 0,
    averageBytesPerSecond,
    peakBytesPerSecond: 2 * averageBytesPerSecond,
    retries: index % 4,
    startedAt: new Date(endedAtMs - 60_000).toISOString(),
    endedAt: new Date(endedAtMs).toISOString(),
    ...(status === "completed"
      ? {}
      : { error: { code: "NETWORK_ERROR", message: "The connection was lost" } }),
  };
}

/** A history as the program itself keeps it, only that many records are written at once. */
async function makeHistory(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  using kv = await Deno.openKv(path);
  let batch = kv.atomic();
  let size = 0;
  const batching = {
    async set(key: Deno.KvKey, value: unknown): Promise<void> {
      batch.set(key, value);
      if (++size < BATCH) return;
      await batch.commit();
      batch = kv.atomic();
      size = 0;
    },
  };
  const history = new HistoryStore(batching as unknown as Deno.Kv);
  const beginMs = Date.now() - RECORDS * SPACING_MS;
  for (let index = 0; index < RECORDS; index++) {
    await history.append(record(index, beginMs + index * SPACING_MS));
  }
  await batch.commit();
}

/** Seconds of whole processes. */
export const history: BenchCase = {
  name: "history",
  title: () => `a history of ${RECORDS} records`,
  async run(context) {
    await using folder = await runFolder(context);
    await makeHistory(join(folder.path, "state", "model-manager", "state.kv"));
    const limits: readonly (readonly [args: readonly string[], limitSeconds: number])[] = [
      [["history", "stats"], 1],
      [["history", "stats", "--repo", "org-1/model-0001-GGUF", "--status", "failed"], 1],
      [["history", "stats", "--since", "30d"], 0.5],
      [["history", "list"], 0.5],
    ];
    const commands = limits.map(([args]): readonly [string, Command] => [
      `mm ${args.join(" ")}`,
      modelManagerCommand(folder.path, args),
    ]);
    const samples = new Map<string, Sample[]>(commands.map(([name]) => [name, []]));
    // The first run of each fills the caches of runtime and disk, as it has long been on a real machine.
    for (const [, command] of commands) await measure(command);
    for (let round = 0; round < Math.max(context.rounds, 10); round++) {
      for (const [name, command] of commands) samples.get(name)?.push(await measure(command));
    }
    const rows = [...samples].map(([name, list]) => ({ name, samples: list }));
    const targets = limits.map(([args, limit]) => {
      const name = `mm ${args.join(" ")}`;
      const value = medianOf(rows, name, ({ wallSeconds }) => wallSeconds);
      return { text: name, value, limit, unit: "s" as const };
    });
    return { rows, targets, bytes: undefined };
  },
};
