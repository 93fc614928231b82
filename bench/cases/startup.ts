/**
 * What a person waits for before anything happens.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelEntry } from "../../core/library/model_entry.ts";
import { encodeRegistry } from "../../core/library/registry_document.ts";
import { type BenchCase, medianOf, runFolder, type Sample, type Target } from "../case.ts";
import { modelManagerCommand, OURS } from "../contenders.ts";
import { type Command, measure } from "../measure.ts";

const MODELS = 1000;
const EMPTY = "empty script";
const VERSION = "mm --version";
const LIST = `mm list (${MODELS} models)`;
const DATE = "2025-01-01T00:00:00.000Z";

function entry(index: number): ModelEntry {
  const name = `model-${String(index).padStart(4, "0")}`;
  const repo = `org-${index % 40}/${name}-GGUF`;
  const commit = index.toString(16).padStart(40, "0");
  const path = `${name}-Q4_K_M.gguf`;
  return {
    modelId: `${repo}:Q4_K_M`,
    modelType: "text-generation",
    path: repo,
    status: "available",
    version: commit,
    sizeBytes: 16,
    downloadDate: DATE,
    metadata: {
      repo,
      revision: "main",
      commit,
      quant: "Q4_K_M",
      files: [{ path, sizeBytes: 16, commit, downloadDate: DATE, sha256: commit.padStart(64, "0") }],
    },
  };
}

/** A library with small files of the sizes that its registry states. */
async function makeLibrary(directory: string): Promise<void> {
  const models = Array.from({ length: MODELS }, (_, index) => entry(index));
  for (const { metadata } of models) {
    const folder = join(directory, metadata.repo);
    await mkdir(folder, { recursive: true });
    for (const file of metadata.files) {
      await writeFile(join(folder, file.path), new Uint8Array(file.sizeBytes));
    }
  }
  await writeFile(join(directory, "registry.json"), encodeRegistry({ models, extra: {} }));
}

/** Seconds over the empty script. */
export const startup: BenchCase = {
  name: "startup",
  title: () => "start-up, over an empty script",
  async run(context) {
    await using folder = await runFolder(context);
    const library = join(folder.path, "models");
    await makeLibrary(library);
    const empty = join(folder.path, "empty.ts");
    await writeFile(empty, "export {};\n");
    const commands: [string, Command][] = [
      [EMPTY, { args: [Deno.execPath(), "run", "-A", "--no-check", "--quiet", empty] }],
      [VERSION, modelManagerCommand(folder.path, ["--version"])],
      [LIST, modelManagerCommand(folder.path, ["list", "--models-dir", library])],
    ];
    const samples = new Map<string, Sample[]>(commands.map(([name]) => [name, []]));
    // The first run of each fills the caches of runtime and disk, as it has long been on a real machine.
    for (const [, command] of commands) await measure(command);
    for (let round = 0; round < Math.max(context.rounds, 10); round++) {
      for (const [name, command] of commands) samples.get(name)?.push(await measure(command));
    }
    const rows = [...samples].map(([name, list]) => ({ name, samples: list }));
    const over = (name: string): number =>
      medianOf(rows, name, ({ wallSeconds }) => wallSeconds) -
      medianOf(rows, EMPTY, ({ wallSeconds }) => wallSeconds);
    const targets: Target[] = [
      { text: `${OURS} --version over an empty script`, value: over(VERSION), limit: 0.1, unit: "s" },
      { text: `${LIST} over an empty script`, value: over(LIST), limit: 0.2, unit: "s" },
    ];
    return { rows, targets, bytes: undefined };
  },
};
