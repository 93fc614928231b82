/**
 * The fields of the manifest: what each may hold. The checks and the JSON Schema are made of these tables.
 *
 * @module
 */
import { parseByteSize } from "../base/byte_size.ts";
import { toErrorData } from "../base/errors.ts";
import { parseReference } from "../base/reference.ts";
import type { CheckFrequency, ManifestPriority, ManifestStatus } from "./manifest.ts";

/** How a field is checked and described. */
export interface FieldRule {
  /** What it means, for editors. */
  readonly description: string;
  /** As JSON Schema, besides the description. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What was wanted instead of the value, or what is wrong with it; `undefined` when it is well. */
  readonly check: (value: unknown) => string | undefined;
}

/** Fields by name. */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** Priorities of the manifest, first to be fetched first. */
export const MANIFEST_PRIORITIES: readonly ManifestPriority[] = ["high", "medium", "low"];
/** How the fetching of a model stands. */
export const MANIFEST_STATUSES: readonly ManifestStatus[] = ["pending", "downloading", "completed", "failed"];
/** How often a model that is here is compared with the Hub. */
export const CHECK_FREQUENCIES: readonly CheckFrequency[] = ["hourly", "daily", "weekly", "monthly"];

const MAX_AGE_DAYS = 36_500;

function text(description: string): FieldRule {
  return {
    description,
    schema: { type: "string" },
    check: (value) => typeof value === "string" ? undefined : "wanted a text in quotes",
  };
}

function flag(description: string, byDefault: boolean | undefined): FieldRule {
  return {
    description,
    schema: { type: "boolean", ...(byDefault === undefined ? {} : { default: byDefault }) },
    check: (value) => typeof value === "boolean" ? undefined : "wanted true or false",
  };
}

function word(description: string, words: readonly string[], byDefault: string | undefined): FieldRule {
  const wanted = `wanted ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return {
    description,
    schema: { enum: words, ...(byDefault === undefined ? {} : { default: byDefault }) },
    check: (value) => words.some((each) => each === value) ? undefined : wanted,
  };
}

function size(description: string): FieldRule {
  return {
    description,
    schema: { type: ["string", "number", "null"], examples: ["1.6GB", "100GiB"] },
    check: (value) =>
      value === null || readSize(value) !== undefined ? undefined : 'wanted a size such as "1.6GB"',
  };
}

/** Bytes of a size as it may be written; a size that is only about right begins with `~`. */
export function readSize(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
  if (typeof value !== "string") return undefined;
  try {
    return parseByteSize(value.trim().replace(/^[~≈]\s*/, ""));
  } catch {
    return undefined;
  }
}

function nameProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return 'wanted a text such as "org/name" or "org/name:Q4_K_M"';
  try {
    parseReference(value);
    return undefined;
  } catch (error) {
    // What it is not comes first in the message, and has been said already.
    return toErrorData(error).message.replace(/^Cannot read ".*?" as a reference: /s, "");
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Of one model. */
export const MODEL_FIELDS: FieldRules = {
  name: {
    description: "org/name[@revision][:quant, file or glob]",
    schema: { type: "string", minLength: 1, examples: ["org/name-GGUF:Q4_K_M", "org/name@v1"] },
    check: nameProblem,
  },
  enabled: flag("Whether mm sync and mm lock take it.", true),
  status: word(
    "How it stands. It is written by the program, which believes its own records more.",
    MANIFEST_STATUSES,
    undefined,
  ),
  description: text("For people."),
  size_estimate: size("About how much it takes; for people."),
  priority: word("What is fetched first.", MANIFEST_PRIORITIES, "medium"),
  tags: {
    description: "Words to find it by: mm models list --tag TAG",
    schema: { type: "array", items: { type: "string" } },
    check: (value) => isTexts(value) ? undefined : 'wanted a list of texts, such as ["chat", "small"]',
  },
  pinned: flag(
    "Kept as it is once it is here: neither a cleanup nor a newer version takes it away.",
    undefined,
  ),
};

/** Of the settings, which count while this manifest is synced. */
export const SETTINGS_FIELDS: FieldRules = {
  auto_cleanup: flag("Clean up after downloads, and make room for them within max_total_size.", undefined),
  cleanup_age_days: {
    description:
      "Days that an interrupted download stays before a cleanup deletes it; models never go for their age.",
    schema: { type: "integer", minimum: 0, maximum: MAX_AGE_DAYS },
    check: (value) =>
      Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_AGE_DAYS
        ? undefined
        : "wanted a whole number of days",
  },
  max_total_size: size("What the library may take while this manifest is synced; null for no limit."),
  check_frequency: word(
    "How often a model that is complete is compared with the Hub: in between, mm sync does not ask.",
    CHECK_FREQUENCIES,
    undefined,
  ),
};

/** Of the metadata, which is for people and other programs. */
export const METADATA_FIELDS: FieldRules = {
  version: {
    description: "Of the manifest's form.",
    schema: { type: ["string", "number"] },
    check: (value) => ["string", "number"].includes(typeof value) ? undefined : "wanted a text or a number",
  },
  created: text("When it was made."),
  last_updated: text("When it was last changed by the program."),
};

/** Fields that people expect, and where what they hold belongs. */
export const MISPLACED: Readonly<Record<string, string>> = {
  revision: 'it belongs into the name: "org/name@revision"',
  quant: 'it belongs into the name: "org/name:QUANT"',
};
