/**
 * What every error code means, where it comes from and what to do: the one text of `mm help CODE`, `docs/errors.md`
 * and the manual page.
 *
 * @module
 */
import { ERROR_CODES, type ErrorCode } from "../../core/base/errors.ts";
import { EXIT_CODES } from "../exit_code.ts";

/** What is to be said about an error code. Sentences; `code` stands between backticks. */
export interface ErrorGuide {
  /** One sentence. */
  readonly meaning: string;
  /** What usually leads there, the most frequent first. */
  readonly causes: readonly string[];
  /** What to do, each with the command to type. */
  readonly remedies: readonly string[];
  /** How it looks on a terminal: a command line, and what it says. */
  readonly example: readonly string[];
}

/** The guide, by code. */
export const ERROR_GUIDE: Readonly<Record<ErrorCode, ErrorGuide>> = {
  FAILED: {
    meaning: "Something went wrong that has no code of its own.",
    causes: [
      "A file or a folder is in the way where one was to be made, or a path is too long for the system.",
      "A file of the program was written by a newer version of it.",
      "The Hub has sent something that cannot be read.",
      "A bug of `mm`: a stack is shown then, and only then.",
    ],
    remedies: [
      "Do what the lines after `hint:` say.",
      "Let the program look for what is wrong: `mm doctor`.",
      "See what it does on the way: repeat the command with `-vv`.",
    ],
    example: [
      "$ mm list --models-dir /home/ada/shared",
      'error: Cannot use "/home/ada/shared/registry.json": it has format version 9, this program knows up to 1',
      "hint: See what is installed: mm version",
      "hint: Use the newer mm that has written it, or another --models-dir",
    ],
  },
  USAGE_ERROR: {
    meaning: "The command line cannot be understood, or asks for what cannot be.",
    causes: [
      "A command, an option or one of its values is misspelled.",
      "A reference is not of the form `org/name[@revision][:selector]`.",
      "Something would be deleted, and nobody can be asked: standard input is no terminal.",
    ],
    remedies: [
      "See how the command is used: `mm help pull`, `mm pull --help`.",
      "See how models are named: `mm help references`.",
      "Answer beforehand in scripts: repeat the command with `--yes`.",
    ],
    example: [
      "$ mm serch llama",
      'error: There is no command "serch"',
      "hint: Did you mean mm search?",
      "hint: See the commands: mm --help",
    ],
  },
  CONFIG_INVALID: {
    meaning: "A file of yours (settings, manifest, lock) or a variable says something that cannot be.",
    causes: [
      "A setting is misspelled or stands twice: unknown names are mistakes, so that none is ignored.",
      "A value is outside of what is allowed.",
      "A file is no JSON or YAML.",
      "`models.lock.json` does not fit `models.json` any more, with `--frozen`.",
    ],
    remedies: [
      "See every mistake with file, line and column: `mm config validate`.",
      "See which files count: `mm config path`; who has set what: `mm config show --origin`.",
      "See what is allowed: `mm help settings`, `mm help environment`.",
      "Bring the lock up to date: `mm lock`.",
    ],
    example: [
      "$ MM_CONNECTIONS=99 mm list",
      'error: The variable MM_CONNECTIONS is "99": wanted a whole number from 1 to 16',
      "hint: Correct or unset the variable, then look: mm config show --origin",
    ],
  },
  NOT_FOUND: {
    meaning: "The repository, revision, quant, file, job or schedule that was named does not exist.",
    causes: [
      "The name is misspelled, or the repository was deleted.",
      "The repository is private: the Hub answers as if it did not exist.",
      "The repository has no such quant.",
      "The model is not in the library.",
    ],
    remedies: [
      "Look for it: `mm search QUERY`.",
      "See what it offers: `mm show org/name`.",
      "When it is private, log in with an account that may see it: `mm login`, `mm whoami`.",
      "See what is on this machine: `mm list`.",
    ],
    example: [
      "$ mm pull acme/tiny-GGUF:Q5_K_M",
      'error: No quant or file of "acme/tiny-GGUF" matches "Q5_K_M"',
      "hint: Available: Q4_K_M, Q8_0, F16",
      'hint: Choose one: mm pull "acme/tiny-GGUF:Q4_K_M"',
    ],
  },
  AUTHENTICATION_ERROR: {
    meaning: "The Hub wants an access token, or does not take the one it got.",
    causes: [
      "There is no token, and the repository is private.",
      "The token has been revoked or has run out.",
      "A fine-grained token does not cover this repository.",
      "`HF_TOKEN` is set to an old token, which counts more than the stored one.",
    ],
    remedies: [
      "See whose token is used, and where it comes from: `mm whoami`.",
      "Store a good one: `mm login`.",
      "Correct the variable or unset it: `unset HF_TOKEN`.",
    ],
    example: [
      "$ mm whoami",
      "error: The Hub refused the access token",
      "  caused by: 401: Invalid username or password",
      "hint: Log in with a valid token: mm login",
      "hint: If HF_TOKEN is set, correct it or unset it",
    ],
  },
  GATED: {
    meaning: "The authors of the repository have to grant access first, and this account does not have it.",
    causes: [
      "The terms of the model were not accepted on its page.",
      "The request waits for the authors.",
      "Another account was granted access than the one whose token is used.",
      "A fine-grained token lacks the permission to read public gated repositories.",
    ],
    remedies: [
      "Open the page that the error names, and ask for access there.",
      "See which account is used: `mm whoami`; use another one: `mm login`.",
      "Repeat the command once access is granted: `mm pull org/name`.",
    ],
    example: [
      "$ mm pull acme/gated-GGUF",
      'error: Repository "acme/gated-GGUF" is gated and this account has no access',
      "  caused by: 403: Access to model acme/gated-GGUF is restricted and you are not in the authorized list. Visit https://huggingface.co/acme/gated-GGUF to ask for access",
      "hint: Ask for access on its page: https://huggingface.co/acme/gated-GGUF",
      "hint: See which account is used: mm whoami",
    ],
  },
  CHECKSUM_MISMATCH: {
    meaning: "Bytes are not those that were promised; nothing wrong ever gets the name of a model.",
    causes: [
      "A proxy, a mirror or a cache on the way alters files or answers with an old one.",
      "The disk or the memory of the machine is failing: with `mm verify`, bytes that were right have changed.",
      "Another program has changed a file of the library.",
      "The lock wants other bytes than the Hub has now.",
    ],
    remedies: [
      "Run the same command again: what was wrong is fetched anew.",
      "Prove the library and fetch only the wrong pieces again: `mm verify --repair`.",
      "Ask another address: `mm pull org/name --endpoint https://huggingface.co`.",
      "Take what the Hub has now, where that is meant: `mm lock`.",
    ],
    example: [
      "$ mm verify",
      "STATUS   MODEL           FILE",
      "corrupt  acme/tiny-GGUF  /home/ada/models/acme/tiny-GGUF/tiny-Q4_K_M.gguf",
      "error: 1 file is corrupt",
      "hint: Fetch only what is wrong: mm verify --repair",
      'hint: Fetch it anew: mm pull --force "acme/tiny-GGUF:Q4_K_M"',
    ],
  },
  NETWORK_ERROR: {
    meaning: "The Hub, a mirror or a proxy cannot be reached, or breaks off again and again.",
    causes: [
      "There is no connection, no name resolution, or a firewall in between.",
      "A proxy is needed and not set, or wants a password.",
      "A company's certificate authority is not trusted.",
      "The Hub has trouble: replies of 5xx, connections that stall.",
    ],
    remedies: [
      "Let the program find out where it fails: `mm doctor`.",
      "Name the proxy: `export HTTPS_PROXY=http://proxy:3128`.",
      "Trust the company's certificates: `export DENO_CERT=/path/ca.pem`, or `export DENO_TLS_CA_STORE=system`.",
      "Run the same command again: what has been fetched is kept.",
      "Name a second source: `mm config set mirrors https://mirror.example`.",
    ],
    example: [
      "$ mm show acme/tiny-GGUF",
      'error: Gave up on "127.0.0.1:9" after 1 attempt in 0 s: Cannot reach "127.0.0.1:9": the connection was refused',
      "hint: Check the endpoint: mm config show",
    ],
  },
  RATE_LIMITED: {
    meaning: "The Hub wants fewer requests, for longer than the program was ready to wait.",
    causes: [
      "Many requests without a token: the limit is lower and counts for the whole address.",
      "Many machines behind one address download at once.",
    ],
    remedies: [
      "Wait as long as the error says, then run the same command again; what has been fetched is kept.",
      "Log in for a higher limit: `mm login`.",
      "Let one machine fetch for all: `mm serve --pull-through`.",
    ],
    example: [
      "$ mm search limited",
      'error: Gave up on "huggingface.co" after 1 attempt in 0 s: 429 Too Many Requests',
      '  caused by: "huggingface.co" limits the rate of requests',
      "hint: Repeat the command in 15 min",
      "hint: Log in for a higher limit: mm login",
    ],
  },
  INSUFFICIENT_SPACE: {
    meaning: "The disk has no room for what is to be written; this is found out before the first byte.",
    causes: [
      "The files are larger than what is free, less the reserve (`cleanup.reserve`).",
      "Other downloads in the queue have a claim on the same room.",
      "A quota of the system, not of the program, is exhausted.",
    ],
    remedies: [
      "See what would be fetched: `mm pull org/name --dry-run`.",
      "See what takes the room: `mm list --sort size`; delete leftovers: `mm cleanup`.",
      "Take a smaller quant: `mm show org/name`.",
      "Use another disk: `mm pull org/name --models-dir /mnt/big/models`, for good `mm config set models_dir /mnt/big/models`.",
    ],
    example: [
      "$ mm pull acme/tiny-GGUF:Q8_0",
      'error: Not enough space in "/home/ada/models": 2.60 MB to download, 78.3 GB free, of which 900 TB stay in reserve; 900 TB are missing',
      "hint: Delete what interrupted downloads have left: mm cleanup",
      "hint: See what takes space: mm list --sort size",
      "hint: Choose another disk: --models-dir DIR, or a smaller quant: mm show REF",
    ],
  },
  QUOTA_EXCEEDED: {
    meaning: "The library would grow beyond what it is allowed to take (`cleanup.max_total_size`).",
    causes: [
      "The quota is nearly used up.",
      "What could go for it is pinned or wanted by the manifest.",
    ],
    remedies: [
      "Let what was not used for longest go: `mm cleanup`, or by itself `mm config set cleanup.auto true`.",
      "Allow more: `mm config set cleanup.max_total_size 500G`.",
      "See what is pinned: `mm list`; let it go: `mm models unpin org/name`.",
    ],
    example: [
      "$ mm pull acme/tiny-GGUF:Q8_0",
      "error: The library may take 2.00 MB and takes 1.40 MB: 2.60 MB to download do not fit, even without the models that may go; 600 kB are missing",
      "hint: Choose yourself what goes: mm list --sort size, then mm remove REF",
      "hint: Allow more: mm config set cleanup.max_total_size 6MB",
    ],
  },
  OFFLINE: {
    meaning: "The network is needed and was switched off on purpose.",
    causes: [
      "`--offline` was given.",
      "`HF_HUB_OFFLINE` is set, here or in the environment of a service.",
    ],
    remedies: [
      "Repeat the command without `--offline`, and unset the variable: `unset HF_HUB_OFFLINE`.",
      "See what can be done without a network: `mm list`, `mm verify`.",
    ],
    example: [
      "$ mm search llama --offline",
      'error: Cannot ask "huggingface.co" while offline',
      "hint: Repeat the command without --offline, and with HF_HUB_OFFLINE unset",
      "hint: See what is on this machine: mm list",
    ],
  },
  LOCKED: {
    meaning: "Another process works on the same thing, and was not waited for.",
    causes: [
      "A second `mm` downloads the same file: one waits for the other, unless `--no-wait` was given.",
      "The daemon or another command changes queue or schedules at this moment.",
      "A model that is being downloaded was to be removed.",
    ],
    remedies: [
      "Wait until the other one has ended; see what works here: `mm status`, `mm queue list`.",
      "Stop it when it is not wanted: `mm stop`, `mm queue cancel JOB`.",
    ],
    example: [
      "$ mm pull acme/large-GGUF --no-wait",
      'error: "large-Q4_K_M.gguf" is being downloaded by process 4242 since 2026-03-14T15:09:26Z (5 %, 1.20 MB of 24.0 MB)',
      "hint: Wait for it: run the same command without --no-wait",
      "hint: See what it is: ps -p 4242",
    ],
  },
  PARTIAL: {
    meaning: "Of several references some failed and others did not; each failure has an error of its own.",
    causes: [
      "Anything that one of the references met: `error` in each entry of `results` says what, with its own code.",
    ],
    remedies: [
      "Read the errors above the last line, or `results[].error` with `--json`.",
      "Run the same command again: what is complete is not fetched again.",
    ],
    example: [
      "$ mm pull acme/tiny-GGUF:Q4_K_M acme/none",
      'error: acme/none: Repository "acme/none" does not exist or is private',
      "hint: Search for it: mm search none",
      "hint: If it is private, log in with an account that can see it: mm login",
      "error: 1 of 2 references failed",
      "hint: Try them again: mm pull acme/none",
    ],
  },
  PERMISSION_ERROR: {
    meaning: "The system, or Deno's sandbox, forbids something that is needed.",
    causes: [
      "A folder belongs to somebody else, or its disk is mounted read-only.",
      "The program was started without a right it needs (`--allow-net`, `--allow-write`, …).",
      "Deno KV is not enabled (`--unstable-kv`), and the program may not start itself again.",
    ],
    remedies: [
      "See who owns it: `ls -ld PATH`.",
      "Use another folder: `mm pull org/name --models-dir DIR`.",
      "Add the flag that the error names; all of them at once are `-A --unstable-kv`.",
      "Let the program look for what else is missing: `mm doctor`.",
    ],
    example: [
      "$ mm pull acme/tiny-GGUF --models-dir /proc/models",
      'error: Cannot write to the folder "/proc": nothing can be made in it',
      'hint: Check who owns it: ls -ld "/proc"',
      "hint: Or choose another folder: --models-dir DIR",
    ],
  },
  CANCELLED: {
    meaning: "It was stopped: by Ctrl+C, by a signal, or by `mm queue cancel`.",
    causes: [
      "Ctrl+C (exit code 130), `kill` or the end of the session (143, 129).",
      "Somebody has cancelled the job.",
    ],
    remedies: [
      "Go on where it was: run the same command again; what has been fetched is kept.",
      "See what was stopped: `mm history list --status cancelled`.",
      "Delete what is left of it: `mm cleanup`.",
    ],
    example: [
      "$ mm pull acme/large-GGUF",
      "^C",
      "error: Cancelled",
      "hint: What has been fetched is kept. Resume: mm pull acme/large-GGUF",
    ],
  },
};

/** The exit codes that signals give, besides {@link EXIT_CODES}. */
const SIGNALS: Readonly<Record<number, string>> = {
  129: "the terminal has gone (SIGHUP)",
  130: "Ctrl+C (SIGINT)",
  143: "SIGTERM",
};

/** An exit code and what gives it. */
export interface ExitMeaning {
  readonly exitCode: number;
  /** The error codes with this exit code. */
  readonly codes: readonly ErrorCode[];
  /** For a table. */
  readonly meaning: string;
}

/** Every exit code, in order. */
export function exitMeanings(): readonly ExitMeaning[] {
  const meanings: ExitMeaning[] = [{ exitCode: 0, codes: [], meaning: "all went well" }];
  const numbers = new Set([...Object.values(EXIT_CODES), ...Object.keys(SIGNALS).map(Number)]);
  for (const exitCode of [...numbers].toSorted((a, b) => a - b)) {
    const codes = ERROR_CODES.filter((code) =>
      EXIT_CODES[code] === exitCode || (code === "CANCELLED" && exitCode in SIGNALS)
    );
    const meaning = SIGNALS[exitCode] === undefined
      ? codes.map((code) => ERROR_GUIDE[code].meaning).join(" ")
      : `stopped: ${SIGNALS[exitCode]}`;
    meanings.push({ exitCode, codes, meaning });
  }
  return meanings;
}

/** The section about a code, as Markdown; its heading is the code. */
export function errorSection(code: ErrorCode, options: { readonly level: number }): string {
  const { meaning, causes, remedies, example } = ERROR_GUIDE[code];
  const exit = code === "CANCELLED" ? Object.keys(SIGNALS).join(", ") : String(EXIT_CODES[code]);
  return [
    `${"#".repeat(options.level)} ${code}`,
    `${meaning} Exit code ${exit}.`,
    "Usual causes:",
    causes.map((cause) => `- ${cause}`).join("\n"),
    "What to do:",
    remedies.map((remedy) => `- ${remedy}`).join("\n"),
    "For example:",
    `\`\`\`text\n${example.join("\n")}\n\`\`\``,
  ].join("\n\n");
}
