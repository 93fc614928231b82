/**
 * What the values of options and arguments are, for completion.
 *
 * A test makes sure that every one of them is in this table, so that a new option says what can be typed after it.
 *
 * @module
 */

/** What can be typed in a place. */
export type ValueKind =
  /** Nothing that anybody could guess. */
  | "free"
  | "file"
  | "directory"
  /** A model that may be anywhere: `org/name[@revision][:quant]`. */
  | "reference"
  /** What is in the library: `org/name` or `org/name:QUANT`. */
  | "installed"
  /** `org/name` of the library. */
  | "installed repo"
  /** `org/name` of the history. */
  | "history repo"
  | "history id"
  /** What the manifest wants. */
  | "wanted"
  | "wanted tag"
  | "revision"
  | "job"
  | "schedule"
  | "setting"
  | "setting value"
  /** A screen of the terminal UI, or a model. */
  | "screen"
  /** A command, or another topic of the help. */
  | "topic"
  /** One of these words, and what else it may be. */
  | { readonly words: readonly string[]; readonly or?: "directory" };

const PRIORITIES = { words: ["urgent", "high", "normal", "low"] } as const;
const MANIFEST_PRIORITIES = { words: ["high", "medium", "low"] } as const;
const RATE = { words: ["1M", "5M", "20M", "off"] } as const;
const AGE = { words: ["1d", "7d", "30d", "90d"] } as const;
const SCREENS = ["library", "search", "downloads", "history", "schedules", "settings", "logs"] as const;

/** The words of {@link ValueKind} `screen`. */
export const SCREEN_WORDS: readonly string[] = SCREENS;

/** By the command, then the option's long name or the argument's name; `*` stands for every command. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  "* --config": "file",
  "* --models-dir": "directory",
  "* --endpoint": { words: ["https://huggingface.co", "http://127.0.0.1:8787"] },
  "* --token": "free",
  "* --include": "free",
  "* --exclude": "free",
  "* --revision": "revision",
  "* --connections": { words: ["1", "2", "4", "8", "16"] },
  "* --limit-rate": RATE,
  "* --limit": "free",
  "* --manifest": "file",
  "* --since": AGE,
  "* --older-than": AGE,
  "* --max-size": { words: ["50G", "100G", "500G", "none"] },
  "* --size-estimate": "free",
  "* --description": "free",
  "* REF": "reference",
  "* --to": { words: ["library", "hf-cache"], or: "directory" },

  "tui WHERE": "screen",
  "search QUERY": "free",
  "search --author": "free",
  "search --license": { words: ["apache-2.0", "mit", "llama3.1", "gemma", "cc-by-nc-4.0", "openrail"] },
  "search --min-params": { words: ["500M", "1B", "3B", "7B", "13B", "30B"] },
  "search --max-params": { words: ["1B", "3B", "8B", "14B", "32B", "70B"] },
  "search --filter": { words: ["conversational", "text-generation", "text-generation-inference"] },
  "pull --reuse": { words: ["link", "copy", "off"] },
  "pull --priority": PRIORITIES,
  "queue list --status": {
    words: ["pending", "downloading", "paused", "completed", "failed", "cancelled"],
  },
  "queue add --priority": PRIORITIES,
  "queue pause ID": "job",
  "queue resume ID": "job",
  "queue retry ID": "job",
  "queue cancel ID": "job",
  "queue priority PRIORITY": PRIORITIES,
  "queue priority ID": "job",
  "queue move ID": "job",
  "queue move PLACE": { words: ["first", "last", "up", "down"] },
  "queue clear --status": { words: ["completed", "failed", "cancelled"] },
  "schedule create --name": "free",
  "schedule create --type": { words: ["daily", "weekly", "cron"] },
  "schedule create --time": { words: ["01:00", "22:00", "23:00"] },
  "schedule create --day": { words: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] },
  "schedule create --cron": { words: ["@hourly", "@daily", "@weekly", "@monthly"] },
  "schedule create --until": { words: ["06:00", "07:00", "08:00"] },
  "schedule create --time-zone": "free",
  "schedule create --max-concurrent": { words: ["1", "2", "4"] },
  "schedule remove NAME": "schedule",
  "schedule enable NAME": "schedule",
  "schedule disable NAME": "schedule",
  "schedule set-active NAME": "schedule",
  "list NAME": "installed repo",
  "remove REF": "installed",
  "verify REF": "installed",
  "update REF": "installed",
  "models list --status": { words: ["pending", "downloading", "completed", "failed"] },
  "models list --tag": "wanted tag",
  "models add --priority": MANIFEST_PRIORITIES,
  "models add --tag": "wanted tag",
  "models remove NAME": "wanted",
  "models update NAME": "wanted",
  "models update --name": "reference",
  "models update --priority": MANIFEST_PRIORITIES,
  "models update --tag": "wanted tag",
  "models update --untag": "wanted tag",
  "models enable NAME": "wanted",
  "models disable NAME": "wanted",
  "models pin REF": "installed",
  "models unpin REF": "installed",
  "import PATH": "file",
  "link REF": "installed",
  "link --into": { words: ["hf-cache", "lmstudio", "ollama"], or: "directory" },
  "link --name": "free",
  "history list --repo": "history repo",
  "history list --until": AGE,
  "history show --repo": "history repo",
  "history show --until": AGE,
  "history show ID": "history id",
  "history stats --repo": "history repo",
  "history stats --until": AGE,
  "history export --repo": "history repo",
  "history export --until": AGE,
  "history export --output": "file",
  "history clear --repo": "history repo",
  "history clear --until": AGE,
  "serve --host": { words: ["127.0.0.1", "0.0.0.0", "::1", "::"] },
  "serve --port": { words: ["8787", "0"] },
  "serve --access-token": "free",
  "serve --access-log": "file",
  "serve --max-connections": "free",
  "serve --idle-timeout": { words: ["30s", "60s", "5m"] },
  "doctor --permissions": { words: ["pull", "ci", "serve", "daemon", "tui"] },
  "logs --tail": { words: ["20", "50", "100", "all"] },
  "config get KEY": "setting",
  "config set KEY": "setting",
  "config set VALUE": "setting value",
  "config unset KEY": "setting",
  "config reset KEY": "setting",
  "config validate FILE": "file",
  "help TOPIC": "topic",
  "completions --name": "free",
};

/**
 * What can be typed in a place; `undefined` when nobody has said so.
 *
 * @param command Its path below `mm`.
 * @param name The option's long name, or the argument's.
 */
export function valueKind(command: string, name: string): ValueKind | undefined {
  return KINDS[`${command} ${name}`] ?? KINDS[`* ${name}`];
}

/** The places of the table: a test looks that there are such. */
export function valuePlaces(): readonly string[] {
  return Object.keys(KINDS);
}
