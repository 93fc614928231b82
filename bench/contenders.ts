/**
 * Who takes part: the tools that people use today, each at its best, and `mm`.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "./measure.ts";
import type { ServedFile } from "./memory_source.ts";

/** One download to be made. */
export interface DownloadJob {
  readonly endpoint: string;
  readonly plainUrl: string;
  readonly repo: string;
  /** Whom to trust, over TLS. */
  readonly caFile: string | undefined;
  readonly files: readonly ServedFile[];
  /** An existing directory for the files. */
  readonly directory: string;
  /** An existing directory for lists, caches and settings. */
  readonly scratch: string;
}

/** A way to get files and to prove them. */
export interface Contender {
  readonly name: string;
  /** How it is run, said below the tables. */
  readonly flags: string;
  /** How to get it, said when it is missing. */
  readonly install: string;
  isAvailable(): Promise<boolean>;
  /** Writes what the command needs; not measured. */
  prepare(job: DownloadJob): Promise<Command>;
  /** Where a file ends up. */
  pathOf(job: DownloadJob, file: ServedFile): string;
}

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MAIN = join(ROOT, "main.ts");

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const child = new Deno.Command(command, { args: [...args], stdin: "null" });
    return (await child.output()).success;
  } catch {
    return false;
  }
}

function urlOf(job: DownloadJob, file: ServedFile): string {
  return `${job.plainUrl}/${job.repo}/${file.path}`;
}

function script(text: string, ...args: readonly string[]): Command["args"] {
  return ["bash", "-euo", "pipefail", "-c", text, "bash", ...args];
}

const CURL_FLAGS = "curl -fsSL -C - (several files: --parallel --parallel-max 8)";

async function prepareCurl(job: DownloadJob, proof: string): Promise<Command> {
  const config = join(job.scratch, "curl.config");
  const sums = join(job.scratch, "SHA256SUMS");
  const lines = job.files.map((file) => `url = "${urlOf(job, file)}"\noutput = "${file.path}"\n`);
  const trust = job.caFile === undefined ? "" : `cacert = "${job.caFile}"\n`;
  await writeFile(config, trust + lines.join(""));
  await writeFile(sums, job.files.map(({ sha256, path }) => `${sha256} *${path}\n`).join(""));
  const parallel = job.files.length > 1 ? "--parallel --parallel-max 8" : "";
  const fetch = `curl -fsSL -C - --create-dirs ${parallel} -K "$1"`;
  return { args: script(`${fetch}; ${proof}`, config, sums), cwd: job.directory };
}

function inDirectory(job: DownloadJob, file: ServedFile): string {
  return join(job.directory, file.path);
}

const curlSha256sum: Contender = {
  name: "curl + sha256sum",
  flags: `${CURL_FLAGS}; sha256sum -c`,
  install: "apt-get install curl coreutils",
  isAvailable: async () => await succeeds("curl", ["-V"]) && await succeeds("sha256sum", ["--version"]),
  prepare: (job) => prepareCurl(job, 'sha256sum --quiet -c "$2"'),
  pathOf: inDirectory,
};

const curlOpenssl: Contender = {
  name: "curl + openssl",
  flags: `${CURL_FLAGS}; openssl dgst -sha256`,
  install: "apt-get install curl openssl",
  isAvailable: async () => await succeeds("curl", ["-V"]) && await succeeds("openssl", ["version"]),
  prepare: (job) => prepareCurl(job, 'cut -d "*" -f 2 "$2" | xargs openssl dgst -sha256 -r | diff -q - "$2"'),
  pathOf: inDirectory,
};

const ARIA2_FLAGS = ["-q", "-c", "-x8", "-s8", "-j8"];

/** With the flags that people type, and tuned: pieces of 1 MiB, no zeros written first, a state saved often. */
function aria2(name: string, extra: readonly string[]): Contender {
  return {
    name,
    flags: `aria2c ${[...ARIA2_FLAGS, ...extra].join(" ")} --checksum=sha-256=… (in the list that -i reads)`,
    install: "apt-get install aria2",
    isAvailable: () => succeeds("aria2c", ["-v"]),
    async prepare(job) {
      const list = join(job.scratch, "aria2.list");
      const entries = job.files.map((file) =>
        `${urlOf(job, file)}\n  out=${file.path}\n  checksum=sha-256=${file.sha256}\n`
      );
      await writeFile(list, entries.join(""));
      const trust = job.caFile === undefined ? [] : [`--ca-certificate=${job.caFile}`];
      const options = [...ARIA2_FLAGS, ...extra, ...trust];
      return { args: ["aria2c", ...options, "-d", job.directory, "-i", list] };
    },
    pathOf: inDirectory,
  };
}

const aria2Plain = aria2("aria2c -x8 -s8", []);
const aria2Tuned = aria2("aria2c, tuned", ["-k1M", "--file-allocation=falloc", "--auto-save-interval=1"]);

const HF_PROGRAM = `import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], local_dir=sys.argv[2], max_workers=8)`;

const huggingfaceHub: Contender = {
  name: "huggingface_hub",
  flags: "snapshot_download(repo, local_dir=…, max_workers=8), HF_HUB_DISABLE_XET=1",
  install: "set MM_TEST_PYTHON to a Python with huggingface_hub (pip install huggingface_hub)",
  async isAvailable() {
    const python = Deno.env.get("MM_TEST_PYTHON");
    return python !== undefined && await succeeds(python, ["-c", "import huggingface_hub"]);
  },
  prepare(job) {
    const python = Deno.env.get("MM_TEST_PYTHON") ?? "python3";
    return Promise.resolve({
      args: [python, "-c", HF_PROGRAM, job.repo, job.directory],
      env: {
        HF_ENDPOINT: job.endpoint,
        HF_HOME: join(job.scratch, "hf"),
        HF_HUB_DISABLE_XET: "1",
        HF_HUB_DISABLE_TELEMETRY: "1",
        HF_HUB_DISABLE_PROGRESS_BARS: "1",
        // Which one counts depends on the HTTP library of the release.
        ...(job.caFile === undefined ? {} : { REQUESTS_CA_BUNDLE: job.caFile, SSL_CERT_FILE: job.caFile }),
      },
    });
  },
  pathOf: inDirectory,
};

/** Where deno keeps what it has loaded and compiled: found below XDG_CACHE_HOME, which is changed here. */
const DENO_DIR: string = JSON.parse(
  new TextDecoder().decode(
    new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout,
  ),
).denoDir;

/** A command of the program itself, with settings and state of its own. */
export function modelManagerCommand(scratch: string, args: readonly string[]): Command {
  return {
    args: [Deno.execPath(), "run", "-A", "--no-check", "--quiet", MAIN, ...args],
    env: {
      DENO_DIR,
      XDG_CONFIG_HOME: join(scratch, "config"),
      XDG_STATE_HOME: join(scratch, "state"),
      XDG_CACHE_HOME: join(scratch, "cache"),
      HF_HOME: join(scratch, "hf"),
      MM_CONFIG: "",
      // All bytes are to come over the wire.
      MM_REUSE: "off",
      NO_COLOR: "1",
    },
  };
}

/** The name of our own row in all tables. */
export const OURS = "mm";

/** Our own download, with more options. */
export function pullCommand(job: DownloadJob, options: readonly string[]): Command {
  const { repo, endpoint, directory, scratch, caFile } = job;
  const where = ["--endpoint", endpoint, "--models-dir", directory];
  const command = modelManagerCommand(scratch, ["pull", repo, ...where, ...options]);
  return caFile === undefined ? command : { ...command, env: { ...command.env, DENO_CERT: caFile } };
}

const modelManager: Contender = {
  name: OURS,
  flags: "mm pull REPO --quiet, all settings at their defaults",
  install: "part of this tree",
  isAvailable: () => Promise.resolve(true),
  prepare: (job) => Promise.resolve(pullCommand(job, ["--quiet"])),
  pathOf: (job, file) => join(job.directory, job.repo, file.path),
};

/** Everybody, ours last. */
export const CONTENDERS: readonly Contender[] = [
  curlSha256sum,
  curlOpenssl,
  aria2Plain,
  aria2Tuned,
  huggingfaceHub,
  modelManager,
];
