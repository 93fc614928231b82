/**
 * References: how a person names a model, a revision of it and files in it.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";
import { redactText } from "./redact.ts";

/** `org/name[@revision][:selector]`, parsed. */
export interface ModelReference {
  /** `org/name`, or a bare legacy name such as `gpt2`. */
  readonly repo: string;
  /** Branch, tag, `refs/pr/N` or commit; `undefined` means the default branch. */
  readonly revision: string | undefined;
  /** Quant label, file path or glob; `undefined` means the default choice. */
  readonly selector: string | undefined;
}

/** How a reference is read. */
export interface ReferenceOptions {
  /**
   * Web addresses that are read besides the Hub's own, as {@link webHosts} gives them: `host[:port][/path]`.
   *
   * @default {[]}
   */
  readonly hosts?: readonly string[] | undefined;
}

/** Whose URLs are always read. */
const WEB_HOSTS: readonly string[] = ["huggingface.co", "hf.co", "www.huggingface.co", "www.hf.co"];

/**
 * What {@link parseReference} has to be told to read the URLs of a Hub with another address.
 *
 * @param endpoint The Hub's base URL; one that cannot be read gives no hosts.
 */
export function webHosts(endpoint: string): readonly string[] {
  if (!URL.canParse(endpoint)) return [];
  const { host, pathname } = new URL(endpoint);
  return host === "" ? [] : [host + pathname.replace(/\/+$/, "")];
}

const REPO_PART = /^[\w.-]{1,96}$/;
/** What else the Hub keeps under names of the same form. */
const OTHER_KINDS: readonly string[] = ["datasets", "spaces", "kernels", "buckets"];

/** Whether a text is a repository name the Hub could have (its own rules: `huggingface_hub` validators). */
export function isRepoName(text: string): boolean {
  const parts = text.split("/");
  return parts.length <= 2 &&
    parts.every((part) =>
      REPO_PART.test(part) && !part.includes("--") && !part.includes("..") && !/^[.-]|[.-]$/.test(part)
    ) && !text.endsWith(".git");
}

/** Whether a revision is a full commit. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

function malformed(text: string, problem: string): ModelManagerError {
  return new ModelManagerError(
    "USAGE_ERROR",
    redactText(`Cannot read "${text}" as a reference: ${problem}`),
    {
      hints: [
        "Write it as org/name, org/name:Q4_K_M or org/name@revision:file.gguf",
        "Find models: mm search QUERY",
      ],
    },
  );
}

/** What can only be a path here: absolute, below this folder or the home, on a drive or a share. */
const LOCAL_PATH = /^(?:(?:\.{1,2}|~)?[\\/]|[a-z]:[\\/])/i;

function localPath(text: string): ModelManagerError {
  const message = redactText(`Cannot read "${text}" as a reference: it is a path on this machine`);
  return new ModelManagerError("USAGE_ERROR", message, {
    hints: [
      "Write a reference as org/name, org/name:Q4_K_M or org/name:file.gguf",
      "Take in files that are here already: mm import PATH",
    ],
  });
}

/** The revision at the head of path segments: `refs/pr/N` and `refs/convert/x` take three of them. */
function takeRevision(segments: string[]): string | undefined {
  const count = segments[0] === "refs" ? 3 : 1;
  const revision = segments.splice(0, count).join("/");
  return revision === "" ? undefined : revision;
}

function decodeSegments(text: string, path: string): string[] {
  try {
    return path.split("/").filter((part) => part !== "").map(decodeURIComponent);
  } catch {
    throw malformed(text, "its percent-encoding is broken");
  }
}

/** The part of a URL's path below a host that is read, or `undefined` when none of them is meant. */
function pathBelow(url: URL, hosts: readonly string[]): string | undefined {
  for (const host of hosts) {
    const [, name = "", base = ""] = /^([^/]*)(.*)$/s.exec(host.replace(/\/+$/, "")) ?? [];
    if (url.host !== name.toLowerCase()) continue;
    if (base === "" || url.pathname === base) return url.pathname.slice(base.length);
    if (url.pathname.startsWith(`${base}/`)) return url.pathname.slice(base.length);
  }
  return undefined;
}

function parseWebUrl(text: string, options: ReferenceOptions): ModelReference {
  if (!URL.canParse(text)) throw malformed(text, "the URL is malformed");
  const url = new URL(text);
  const hosts = [...options.hosts ?? [], ...WEB_HOSTS];
  const pathname = pathBelow(url, hosts);
  if (pathname === undefined) {
    const shown = hosts.filter((host) => !host.startsWith("www."));
    throw malformed(text, `it is a page of "${url.host}", and only those of ${shown.join(", ")} are read`);
  }
  const segments = decodeSegments(text, pathname);
  const kind = segments[0] ?? "";
  if (OTHER_KINDS.includes(kind)) throw malformed(text, `${kind} are not models`);
  const verbs = ["blob", "raw", "resolve", "tree", "blame"];
  const repoLength = segments.length > 1 && verbs.includes(segments[1] ?? "") ? 1 : 2;
  const repo = segments.splice(0, repoLength).join("/");
  const verb = segments.shift();
  if (verb === undefined) return { repo, revision: undefined, selector: undefined };
  if (!verbs.includes(verb)) throw malformed(text, `"${verb}" is no page of a model's files`);
  const revision = takeRevision(segments);
  const path = segments.join("/");
  return { repo, revision, selector: path === "" ? undefined : verb === "tree" ? `${path}/*` : path };
}

function parseHfUrl(text: string): ModelReference {
  const rest = text.slice("hf://".length).replace(/^models\//, "");
  const kind = rest.split("/")[0] ?? "";
  if (OTHER_KINDS.includes(kind)) throw malformed(text, `${kind} are not models`);
  // Further on, an @ is part of a file name.
  const [, pinned, tail] = /^([^/@]*(?:\/[^/@]*)?)@(.*)$/s.exec(rest) ?? [];
  if (pinned !== undefined && tail !== undefined) {
    const segments = tail.split("/");
    const revision = takeRevision(segments)?.replace(/%2F/gi, "/");
    if (revision === undefined) throw malformed(text, "nothing follows the @");
    const path = segments.join("/");
    return { repo: pinned, revision, selector: path === "" ? undefined : path };
  }
  const segments = rest.split("/");
  const repo = segments.splice(0, 2).join("/");
  const path = segments.join("/");
  return { repo, revision: undefined, selector: path === "" ? undefined : path };
}

function parseShort(text: string): ModelReference {
  const colon = text.indexOf(":");
  const head = colon < 0 ? text : text.slice(0, colon);
  const selector = colon < 0 ? undefined : text.slice(colon + 1);
  const at = head.indexOf("@");
  const revision = at < 0 ? undefined : head.slice(at + 1);
  if (revision === "") throw malformed(text, "nothing follows the @");
  if (selector === "") throw malformed(text, "nothing follows the colon");
  return { repo: at < 0 ? head : head.slice(0, at), revision, selector };
}

/**
 * Reads `org/name[@revision][:selector]`, `hf://org/name@rev/path` and the Hub's web URLs. URLs of other hosts are
 * read when `options.hosts` names them only: what lies there is not the model of the same name on the Hub.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` saying what is wrong and how to write it.
 *
 * @example
 * ```ts
 * import { parseReference } from "./reference.ts";
 * const reference = parseReference("acme/llama-GGUF@main:Q4_K_M");
 * if (reference.selector !== "Q4_K_M" || reference.revision !== "main") throw new Error("wrong");
 * ```
 */
export function parseReference(text: string, options: ReferenceOptions = {}): ModelReference {
  const trimmed = text.trim();
  if (trimmed === "") throw malformed(text, "it is empty");
  if (LOCAL_PATH.test(trimmed)) throw localPath(text);
  const reference = /^https?:\/\//i.test(trimmed)
    ? parseWebUrl(trimmed, options)
    : trimmed.startsWith("hf://")
    ? parseHfUrl(trimmed)
    : parseShort(trimmed.replace(/^(?:www\.)?(?:hf\.co|huggingface\.co)\//, ""));
  if (!isRepoName(reference.repo)) {
    throw malformed(
      text,
      `"${reference.repo}" is no repository name: wanted org/name of letters, digits, - _ and .`,
    );
  }
  const { revision } = reference;
  if (
    revision !== undefined &&
    (/[\s\p{Cc}~^:?*[\\]|\.\.|^\/|\/$|\/\//u.test(revision) || revision.length > 255)
  ) {
    throw malformed(text, `"${revision}" is no revision: wanted a branch, a tag, refs/pr/N or a commit`);
  }
  return reference;
}

/** The reference as a person would type it. */
export function formatReference(reference: ModelReference): string {
  const revision = reference.revision === undefined ? "" : `@${reference.revision}`;
  const selector = reference.selector === undefined ? "" : `:${reference.selector}`;
  return `${reference.repo}${revision}${selector}`;
}
