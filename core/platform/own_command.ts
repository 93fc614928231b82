/**
 * How this program is started, for who starts it again: a process in the background, a service manager.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { VERSION } from "../base/version.ts";

/** What stands before the arguments of a person: the program, and what Deno is told. */
export interface OwnCommand {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** Whether Deno runs it from its source, so that it needs Deno's module cache. */
  readonly isScript: boolean;
}

/**
 * What the program is on this machine: a binary of its own; JavaScript that came from npm; modules that Deno fetches,
 * as those of JSR, installed with `deno install` or not; or its source tree.
 */
export type ProgramForm = "binary" | "npm" | "remote" | "source";

/** What Deno says of itself. */
export interface ProgramFacts {
  readonly standalone: boolean;
  /** Absolute: Deno's own program, and of a binary the binary itself. */
  readonly execPath: string;
  /** An address. */
  readonly mainModule: string;
}

function ownFacts(): ProgramFacts {
  const { standalone } = Deno.build;
  // A binary's modules are nowhere on the disk.
  return { standalone, execPath: Deno.execPath(), mainModule: standalone ? "" : Deno.mainModule };
}

/** Which form runs. */
export function programForm({ standalone, mainModule }: ProgramFacts = ownFacts()): ProgramForm {
  if (standalone) return "binary";
  if (!mainModule.startsWith("file:")) return "remote";
  // The packed form consists of .js files.
  return mainModule.endsWith(".js") ? "npm" : "source";
}

/** `jsr:@scope/name`, with a range of versions or none, and what is in the package. */
const JSR_PACKAGE = /^jsr:\/?(@[^/]+\/[^/@]+)(?:@[^/]*)?(\/.*)?$/;

/** The very version that runs: without a project's lock file, Deno could take another. */
function withVersion(mainModule: string): string {
  return mainModule.replace(
    JSR_PACKAGE,
    (_, name: string, path: string | undefined) => `jsr:${name}@${VERSION}${path ?? ""}`,
  );
}

/** The command line of this program. */
export function ownCommand(facts: ProgramFacts = ownFacts()): OwnCommand {
  const { execPath, mainModule } = facts;
  const form = programForm(facts);
  if (form === "binary") return { program: execPath, args: [], isScript: false };
  const args = ["run", "-A", "--unstable-kv", "--unstable-worker-options"];
  // What a program from elsewhere is made of does not depend on the project in whose folder somebody happens to be.
  // Packages lie beside this one, or above it: Deno looks for them only when it is told so.
  if (form === "npm") args.push("--node-modules-dir=manual");
  if (form === "remote") args.push("--no-config", withVersion(mainModule));
  else args.push(fileURLToPath(mainModule));
  return { program: execPath, args, isScript: true };
}
