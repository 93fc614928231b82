import assert from "node:assert/strict";
import type { CompletionFacts, LineSettings } from "../../../cli/completion/facts.ts";
import { completeWords } from "../../../cli/completion/complete.ts";

const MODELS = [
  {
    id: "acme/Llama-GGUF:Q4_K_M",
    repo: "acme/Llama-GGUF",
    sizeBytes: 4e9,
    revision: "main",
    commit: undefined,
  },
  { id: "acme/Llama-GGUF:Q8_0", repo: "acme/Llama-GGUF", sizeBytes: 8e9, revision: "v2", commit: undefined },
  { id: "acme/whole", repo: "acme/whole", sizeBytes: 1e9, revision: "main", commit: undefined },
  { id: "solo/one:Q2_K", repo: "solo/one", sizeBytes: 1e9, revision: "main", commit: undefined },
];
const JOBS = [
  { id: "1waits", reference: "a/b:Q4_0", status: "pending" },
  { id: "2rests", reference: "c/d", status: "paused" },
  { id: "3broke", reference: "e/f", status: "failed" },
];

const FACTS: CompletionFacts = {
  models: () => Promise.resolve(MODELS),
  jobs: () => Promise.resolve(JOBS),
  schedules: () =>
    Promise.resolve([
      { name: "nightly", enabled: true, description: "daily 23:00" },
      { name: "weekend", enabled: false, description: "weekly, disabled" },
    ]),
  transfers: () =>
    Promise.resolve([{
      id: "t1",
      repo: "z/z",
      reference: "z/z:Q4",
      status: "failed",
      endedAt: "2026-01-02T00:00:00Z",
    }]),
  wanted: () =>
    Promise.resolve([
      { name: "want/ed:Q4_0", enabled: true, tags: ["chat"], description: "mine" },
      { name: "un/wanted", enabled: false, tags: ["chat", "old"], description: undefined },
    ]),
  settings: () =>
    Promise.resolve([
      {
        name: "log.level",
        description: "The level",
        words: ["debug", "info"],
        value: "info",
        default: "info",
        isDirectory: false,
      },
      { name: "models_dir", description: "Where", words: [], value: "/m", default: "~/m", isDirectory: true },
    ]),
  seenRepos: () => Promise.resolve(["hub/seen"]),
  knownQuants: () => Promise.resolve([{ label: "Q4_K_M", sizeBytes: 4e9 }]),
  quants: (repo, revision) =>
    Promise.resolve([{ label: "Q2_K", sizeBytes: undefined }, {
      label: `${repo}-${revision}`,
      sizeBytes: 1e9,
    }]),
  revisions: () => Promise.resolve(["main", "v1"]),
};

const complete = (line: string, facts = FACTS) => completeWords(line.split(" "), () => facts);
const values = async (line: string): Promise<readonly string[]> =>
  (await complete(line)).candidates.map(({ value }) => value);

Deno.test("completeWords() offers commands with what they do, and other names only to who types them", async () => {
  const { candidates } = await complete("");
  assert.equal(candidates.find(({ value }) => value === "pull")?.description, "download models");
  assert.ok(!candidates.some(({ value }) => value === "ls" || value === "demo" || value === "complete"));
  assert.deepEqual(await values("downl"), ["download"]);
  assert.deepEqual(await values("queue re"), ["resume", "retry"]);
  assert.deepEqual(await values("PUL"), ["pull"]);
});

Deno.test("completeWords() offers options once, besides those that may be repeated", async () => {
  const all = await values("pull --");
  assert.ok(all.includes("--to") && all.includes("--json"));
  assert.ok(!all.includes("--version"), "that is the program's");
  assert.ok((await values("--")).includes("--version"));
  const rest = await values("pull --dry-run --include x --");
  assert.ok(!rest.includes("--dry-run") && rest.includes("--include"));
  assert.ok((await values("pull -")).every((value) => value.startsWith("--")));
  assert.deepEqual(await values("pull -n"), ["-n"]);
  assert.deepEqual(await values("pull -- --t"), []);
});

Deno.test("completeWords() offers the words that an option takes, in its own word as well", async () => {
  assert.deepEqual(await values("list --sort "), ["name", "size", "date"]);
  assert.deepEqual(await values("list --sort=d"), ["--sort=date"]);
  assert.deepEqual(await values("queue list --status pa"), ["paused"]);
  assert.deepEqual(await values("queue priority u"), ["urgent"]);
  assert.deepEqual(await values("completions z"), ["zsh"]);
  assert.deepEqual(await complete("pull --to h"), {
    candidates: [{ value: "hf-cache" }],
    paths: "directories",
  });
});

Deno.test("completeWords() leaves paths to the shell", async () => {
  assert.deepEqual(await complete("--config x"), { candidates: [], paths: "files" });
  assert.deepEqual(await complete("pull --models-dir "), { candidates: [], paths: "directories" });
  assert.deepEqual(await complete("import "), { candidates: [], paths: "files" });
  assert.deepEqual(await complete("config set models_dir "), { candidates: [], paths: "directories" });
});

Deno.test("completeWords() offers what is in the library, and all of a model that has several quants", async () => {
  assert.deepEqual(await values("remove acme/"), [
    "acme/Llama-GGUF",
    "acme/Llama-GGUF:Q4_K_M",
    "acme/Llama-GGUF:Q8_0",
    "acme/whole",
  ]);
  assert.deepEqual(await values("remove so"), ["solo/one:Q2_K"]);
  assert.deepEqual(await values("remove acme/whole acme/w"), [], "what stands there is not offered again");
  assert.deepEqual(await values("list so"), ["solo/one"]);
});

Deno.test("completeWords() offers models for a download, then quants, then revisions", async () => {
  const repos = await complete("pull ");
  assert.deepEqual(repos.candidates.map(({ value, description }) => [value, description]), [
    ["acme/Llama-GGUF", "in the library"],
    ["acme/whole", "in the library"],
    ["solo/one", "in the library"],
    ["want/ed", "in the manifest"],
    ["un/wanted", "in the manifest"],
    ["hub/seen", "seen on the Hub"],
  ]);
  assert.deepEqual(await values("pull hub/seen"), ["hub/seen", "hub/seen:Q4_K_M"]);
  assert.deepEqual(await values("pull org/x@v1:"), ["org/x@v1:Q2_K", "org/x@v1:org/x-v1"]);
  assert.deepEqual(await values("queue add org/x:q2"), ["org/x:Q2_K"]);
  assert.deepEqual(await values("show org/x@"), ["org/x@main", "org/x@v1"]);
  assert.deepEqual(await values("pull org/x --revision v"), ["v1"]);
  assert.deepEqual(await values("pull https://x"), []);
});

Deno.test("completeWords() offers only jobs and schedules for which a command makes sense", async () => {
  assert.deepEqual(await values("queue pause "), ["1waits", "all"]);
  assert.deepEqual(await values("queue resume "), ["2rests", "all"]);
  assert.deepEqual(await values("queue retry "), ["3broke", "all"]);
  assert.deepEqual(await values("queue move "), ["1waits", "2rests"]);
  assert.deepEqual(await values("queue move 1waits f"), ["first"]);
  assert.deepEqual(await values("schedule enable "), ["weekend"]);
  assert.deepEqual(await values("schedule disable "), ["nightly"]);
  assert.deepEqual(await values("schedule remove "), ["nightly", "weekend"]);
});

Deno.test("completeWords() knows settings, the manifest, the history and the help", async () => {
  assert.deepEqual(await values("config get l"), ["log.level"]);
  assert.deepEqual((await complete("config set log.level ")).candidates, [
    { value: "debug", description: undefined },
    { value: "info", description: "the default" },
  ]);
  assert.deepEqual(await values("models enable "), ["un/wanted"]);
  assert.deepEqual(await values("models list --tag "), ["chat", "old"]);
  assert.deepEqual(await values("history show "), ["t1"]);
  assert.deepEqual(await values("history list --repo "), ["z/z"]);
  assert.deepEqual(await values("help queue mo"), ["move"]);
  assert.deepEqual(await values("help CHECK"), ["CHECKSUM_MISMATCH"]);
  assert.deepEqual(await values("tui sea"), ["search"]);
});

Deno.test("completeWords() passes on the options that decide where the facts are, and asks for none otherwise", async () => {
  const asked: LineSettings[] = [];
  const open = (line: LineSettings) => {
    asked.push(line);
    return FACTS;
  };
  await completeWords(["--models-dir", "/a", "--offline", "remove", "--endpoint=http://h", "x"], open);
  assert.deepEqual(asked, [
    { config: undefined, modelsDir: "/a", endpoint: "http://h", manifest: undefined, offline: true },
  ]);
  await completeWords(["pull", "--"], open);
  await completeWords(["list", "--sort", ""], open);
  assert.equal(asked.length, 1);
});

Deno.test("completeWords() offers nothing behind what does not exist, or takes no more", async () => {
  const nothing = { candidates: [], paths: "none" };
  assert.deepEqual(await complete("nonsense "), nothing);
  assert.deepEqual(await complete("whoami "), nothing);
  assert.deepEqual(await complete("config get log.level x"), nothing);
});
