/**
 * The options that say what a download takes and how: of `mm pull`, and of jobs.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { meantHints } from "../../core/base/near_names.ts";
import type { JobPriority, PullRequest, ReuseMode } from "../../core/operations/model_manager.ts";
import { collect, placeReader } from "../flags.ts";
import { CONNECTIONS_OPTION, LIMIT_RATE_OPTION, readTransferOptions } from "./transfer_options.ts";

/** The options as read. A type, not an interface: commander wants an index signature. */
export type PullOptions = {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly revision?: string | undefined;
  readonly to?: string | undefined;
  readonly connections?: number | undefined;
  /** `Infinity` for none. */
  readonly limitRate?: number | undefined;
  readonly withMmproj?: true | undefined;
  readonly force?: true | undefined;
};

/** Adds the references and the options. */
export function pullOptions(command: Command): Command<[string[]], PullOptions> {
  return command
    .argument("<REF...>", "org/name[@revision][:quant, file or glob]")
    .option("-i, --include <GLOB>", "files like this as well; may be repeated", collect)
    .option("-x, --exclude <GLOB>", "no files like this; may be repeated", collect)
    .option("--revision <REVISION>", "branch, tag or commit, for references that name none")
    .option(
      "--to <WHERE>",
      "library, hf-cache or a directory",
      placeReader("--to", ["library", "hf-cache"]),
    )
    .option(...CONNECTIONS_OPTION)
    .option(...LIMIT_RATE_OPTION)
    .option("--with-mmproj", "the projector of a vision model as well")
    .option("-f, --force", "fetch again what is here, and replace files in the way") as unknown as Command<
      [string[]],
      PullOptions
    >;
}

/** What the options ask for. */
export function readPullOptions(references: readonly string[], options: PullOptions): PullRequest {
  const { include, exclude, revision, to } = options;
  return {
    references,
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(revision === undefined ? {} : { revision }),
    ...(to === undefined ? {} : { to }),
    ...readTransferOptions(options),
    ...(options.withMmproj === true ? { withMmproj: true } : {}),
    ...(options.force === true ? { force: true } : {}),
  };
}

/** Priorities of jobs, most urgent first. */
export const PRIORITIES = ["urgent", "high", "normal", "low"] as const satisfies readonly JobPriority[];

/** Whether a word names a priority. */
export function isPriority(text: string): boolean {
  return PRIORITIES.some((priority) => priority === text.trim().toLowerCase());
}

/** Reads a priority; the message names those that there are. */
export function readPriority(text: string): JobPriority {
  const found = PRIORITIES.find((priority) => priority === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `There is no priority "${text}": wanted ${PRIORITIES.join(", ")}`,
    { hints: [...meantHints(text, PRIORITIES), "Queue with one: mm queue add REF --priority high"] },
  );
}

const REUSE_MODES = ["link", "copy", "off"] as const satisfies readonly ReuseMode[];

/** Reads what is done with files that are elsewhere on this machine; the message names what there is. */
export function readReuse(text: string): ReuseMode {
  const found = REUSE_MODES.find((mode) => mode === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `--reuse cannot be "${text}": wanted ${REUSE_MODES.join(", ")}`,
    {
      hints: [
        ...meantHints(text, REUSE_MODES),
        "Copy what is on another disk of this machine: mm pull REF --reuse copy",
      ],
    },
  );
}
