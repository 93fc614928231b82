/**
 * The pages of `docs/` that `mm help TOPIC` shows: the very files, which travel with the program.
 *
 * Every `import()` is literal, so that the pages are in the module graph: cached, packed and compiled in. They are
 * texts, which needs no right to read files. A page of `docs/` that is missing here fails a test.
 *
 * @module
 */

/** A page, or a section of one. */
export interface Topic {
  readonly name: string;
  /** @default {[]} */
  readonly aliases?: readonly string[];
  /** For the list of topics. */
  readonly summary: string;
  /** The file in `docs/`. */
  readonly file: string;
  /** The heading of the only section that is meant. @default the whole page */
  readonly section?: string;
  readonly load: () => Promise<{ readonly default: string }>;
}

/** All topics, in the order of their list. */
export const TOPICS: readonly Topic[] = [
  {
    name: "references",
    aliases: ["reference", "ref", "refs", "names"],
    summary: "how models, revisions and files are named",
    file: "references.md",
    load: () => import("../../docs/references.md", { with: { type: "text" } }),
  },
  {
    name: "quants",
    aliases: ["quant", "units", "shards", "mmproj"],
    summary: "quantizations: what the labels mean, which one is taken",
    file: "quants.md",
    load: () => import("../../docs/quants.md", { with: { type: "text" } }),
  },
  {
    name: "commands",
    summary: "every command with all its options, on one page",
    file: "commands.md",
    load: () => import("../../docs/commands.md", { with: { type: "text" } }),
  },
  {
    name: "settings",
    aliases: ["setting", "configuration"],
    summary: "every setting, its default and its meaning",
    file: "settings.md",
    load: () => import("../../docs/settings.md", { with: { type: "text" } }),
  },
  {
    name: "environment",
    aliases: ["env", "variables"],
    summary: "every variable that is read",
    file: "environment.md",
    load: () => import("../../docs/environment.md", { with: { type: "text" } }),
  },
  {
    name: "errors",
    aliases: ["error", "error-codes", "codes"],
    summary: "error codes: meaning, causes, what to do",
    file: "errors.md",
    load: () => import("../../docs/errors.md", { with: { type: "text" } }),
  },
  {
    name: "exit-codes",
    aliases: ["exit", "exit-code", "status-codes"],
    summary: "what the program ends with",
    file: "errors.md",
    section: "Exit codes",
    load: () => import("../../docs/errors.md", { with: { type: "text" } }),
  },
  {
    name: "json",
    aliases: ["output", "events", "scripts"],
    summary: "the documents of --json and the lines of --events, with examples",
    file: "json.md",
    load: () => import("../../docs/json.md", { with: { type: "text" } }),
  },
  {
    name: "cookbook",
    aliases: ["recipes", "examples"],
    summary: "recipes: a NAS, a lab, CI, machines without a network",
    file: "cookbook.md",
    load: () => import("../../docs/cookbook.md", { with: { type: "text" } }),
  },
  {
    name: "install",
    aliases: ["installation", "jsr", "npm", "npx", "packages"],
    summary: "every form in which the program can be had, and how each was tried",
    file: "install.md",
    load: () => import("../../docs/install.md", { with: { type: "text" } }),
  },
  {
    name: "library",
    aliases: ["api", "deno", "typescript"],
    summary: "the program as a library: models, downloads, events, errors",
    file: "library.md",
    load: () => import("../../docs/library.md", { with: { type: "text" } }),
  },
  {
    name: "migration",
    aliases: ["older-tools", "migrate"],
    summary: "from the three older tools: each of their names, and ours",
    file: "migration.md",
    load: () => import("../../docs/migration.md", { with: { type: "text" } }),
  },
  {
    name: "clients",
    aliases: ["compatibility"],
    summary: "what other programs make of mm serve",
    file: "clients.md",
    load: () => import("../../docs/clients.md", { with: { type: "text" } }),
  },
  {
    name: "permissions",
    aliases: ["permission", "sandbox", "rights"],
    summary: "what Deno has to grant for which command, and how to grant no more",
    file: "permissions.md",
    load: () => import("../../docs/permissions.md", { with: { type: "text" } }),
  },
  {
    name: "ci",
    aliases: ["continuous-integration"],
    summary: "locked models in CI, with few rights",
    file: "ci.md",
    load: () => import("../../docs/ci.md", { with: { type: "text" } }),
  },
  {
    name: "github-actions",
    aliases: ["actions"],
    summary: "models in a workflow, cached by the lock",
    file: "github-actions.md",
    load: () => import("../../docs/github-actions.md", { with: { type: "text" } }),
  },
  {
    name: "completions",
    aliases: ["completion", "tab"],
    summary: "what Tab completes in bash, zsh, fish and PowerShell",
    file: "completions.md",
    load: () => import("../../docs/completions.md", { with: { type: "text" } }),
  },
  {
    name: "troubleshooting",
    aliases: ["trouble", "problems"],
    summary: "from what you see to what to do",
    file: "troubleshooting.md",
    load: () => import("../../docs/troubleshooting.md", { with: { type: "text" } }),
  },
  {
    name: "formats",
    aliases: ["format", "files", "registry", "journal"],
    summary: "the files on the disk: library, journal, state, lock",
    file: "formats.md",
    load: () => import("../../docs/formats.md", { with: { type: "text" } }),
  },
  {
    name: "security",
    aliases: ["secrets", "tokens"],
    summary: "who is trusted for what, and what is checked",
    file: "security.md",
    load: () => import("../../docs/security.md", { with: { type: "text" } }),
  },
  {
    name: "performance",
    aliases: ["bench", "speed"],
    summary: "measurements beside curl, aria2 and huggingface_hub",
    file: "performance.md",
    load: () => import("../../docs/performance.md", { with: { type: "text" } }),
  },
  {
    name: "architecture",
    aliases: ["layers", "design"],
    summary: "the layers of the program, and the life of a download",
    file: "architecture.md",
    load: () => import("../../docs/architecture.md", { with: { type: "text" } }),
  },
];

/** A name as it is compared: `EXIT_CODES`, `exit codes` and `exit-codes.md` are the same. */
function normal(name: string): string {
  return name.toLowerCase().replace(/\.md$/, "").replace(/[\s_]+/g, "-");
}

/** The topic of that name or alias. */
export function findTopic(name: string): Topic | undefined {
  const wanted = normal(name);
  return TOPICS.find((topic) => topic.name === wanted) ??
    TOPICS.find(({ aliases = [] }) => aliases.includes(wanted));
}

/** The topic that shows a whole file of `docs/`. */
export function topicOfFile(file: string): Topic | undefined {
  return TOPICS.find((topic) => topic.file === file && topic.section === undefined);
}
