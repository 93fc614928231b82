/**
 * `docs/json.md`, from what the program prints, and the meaning of every field.
 *
 * @module
 */
import { captureJson, type JsonCapture } from "./captures.ts";
import { FIELDS } from "./json_fields.ts";
import { block, code, GENERATED, table } from "./markdown.ts";

const HEAD = `${GENERATED}

# JSON

\`--json\` makes every command print one JSON document on standard output, and nothing else there; what is said to a
person stays on standard error. It is a promise to scripts: fields are added, never renamed, and a value that is not
known is \`null\`. Sizes are bytes, durations milliseconds (names end in \`Ms\`), rates bytes a second, dates ISO 8601 in UTC.
A script should ignore fields it does not know.

When something goes wrong the document is \`{"error": …}\`, and the exit code says so as well; see [errors.md](errors.md).
Where one command works on several things, each result has an \`error\` of its own.

The examples were printed by the program; a test fails when it prints something else.

${
  block(
    "mm list --json | jq -r '.models[] | [.repo, .quant, .sizeBytes] | @tsv'\nmm pull org/name:Q4_K_M --json | jq -r '.results[].paths[]'",
    "sh",
  )
}`;

/** What is to be said about a document, by the words of its command that matter. */
const NOTES: Readonly<Record<string, string>> = {
  "search": "As many models as `--limit` says, in the order of `--sort`.",
  "show":
    "Everything the Hub says about a model, and what is here: `local` is `complete`, `partial` or `absent`. `companions` are projectors and the like, `otherFiles` everything that belongs to no quant; with `--readme`, `readme` is its text.",
  "pull":
    "A result for each reference, in their order: `status` is `downloaded`, `present`, `planned` or `failed`, then with `error`. With `--dry-run`, `planned` is what has something left to do, `bytesToFetch` how much would come over the network. `mm sync` prints the same.",
  "pull --events":
    "One JSON value a line, while it happens. `receivedBytes` and `totalBytes` are absolute, with those that were there before; an event without `file` speaks of the whole reference. Besides those below there are `retrying` (with `attempt` and `delayMs`), `waiting` (with `reason` and `until`), `verifying` (with `verifiedBytes`) and `failed` (with `error`). `progress` comes at most a few times a second. The last line has the results, or the error of the whole command.",
  "list": "The library. `status` is `available`, `downloading`, `error`, `pending` or `deleted`.",
  "verify": "`status` is `ok`, `corrupt` or `missing`; with `--repair`, also what was put right.",
  "update": "As `mm pull`, and what has changed; `update` is `up to date`, `update available` or `pinned`.",
  "history list": "The newest record first; `status` is `completed`, `failed` or `cancelled`.",
  "history stats": "Sums over all records that the options choose.",
  "queue add": "Whether there is a new job (`changed`), or one that was there already (`joined`).",
  "queue list":
    "`status` is `pending`, `downloading`, `paused`, `completed`, `failed` or `cancelled`; `owner` is the process that works on the queue.",
  "status": "What the daemon does; `nextSchedule` is the next time it downloads by itself.",
  "remove": "What was deleted; with `--dry-run`, what would be.",
};

/** The words of a command line that name the command. */
function commandOf(command: string): string {
  const words = command.replace(/^mm /, "").split(" ");
  const known = [words.slice(0, 2).join(" "), words[0] ?? ""].find((name) => name in NOTES) ?? "";
  return command.includes("--events") ? `${known} --events` : known;
}

function section({ command, values }: JsonCapture): string[] {
  const name = commandOf(command);
  const isEvents = command.includes("--events");
  const isError = values.some((value) => typeof value === "object" && value !== null && "error" in value);
  const shown = values.map((value) => JSON.stringify(value, undefined, isEvents ? undefined : 2)).join("\n");
  return [
    isError ? "## An error" : `## mm ${name}`,
    ...(isError ? [] : [NOTES[name] ?? ""]),
    block(command, "sh"),
    block(shown, isEvents ? "jsonl" : "json"),
  ];
}

/** The names of all fields in a value. */
function fieldNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldNames);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldNames(inner)]);
}

/**
 * The page.
 *
 * @throws {Error} When a field is not explained, or one is explained that nothing has.
 */
export async function jsonPage(): Promise<string> {
  const captures = await captureJson();
  const found = [...new Set(captures.flatMap(({ values }) => values.flatMap(fieldNames)))].toSorted();
  const unexplained = found.filter((name) => FIELDS[name] === undefined);
  const unused = Object.keys(FIELDS).filter((name) => !found.includes(name));
  if (unexplained.length > 0 || unused.length > 0) {
    throw new Error(
      `tests/docs/json_fields.ts: not explained: ${unexplained.join(", ") || "none"}; not there any more: ${
        unused.join(", ") || "none"
      }`,
    );
  }
  return [
    HEAD,
    ...captures.flatMap(section),
    "## Fields",
    "All fields of the examples. What is `null` here has a value on another machine, or with other options.",
    table(["field", "meaning"], found.map((name) => [code(name), FIELDS[name] ?? ""])),
  ].join("\n\n");
}
