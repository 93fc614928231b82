/**
 * The commands: enough of each for the help, and how to load the rest of it.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { Session } from "./session.ts";

/** What the module of a command exports. */
export interface CommandModule {
  /** Adds arguments, options and what is done to a command that has its name already. */
  configure(command: Command, session: Session): void;
}

/** A command before its module is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly group: string;
  readonly summary: string;
  /** Not in the help. @default {false} */
  readonly hidden?: boolean;
  readonly load: () => Promise<CommandModule>;
}

const FIND = "Find and fetch:";
const LIBRARY = "Library:";
const PROGRAM = "Account and program:";

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "search",
    group: FIND,
    summary: "find models",
    load: () => import("./commands/search.ts"),
  },
  {
    name: "show",
    group: FIND,
    summary: "show a model: facts, quants, files",
    load: () => import("./commands/show.ts"),
  },
  {
    name: "pull",
    alias: "download",
    group: FIND,
    summary: "download models",
    load: () => import("./commands/pull.ts"),
  },
  {
    name: "queue",
    group: FIND,
    summary: "what is to be downloaded: order, priorities, pauses",
    load: () => import("./commands/queue.ts"),
  },
  {
    name: "list",
    alias: "ls",
    group: LIBRARY,
    summary: "list the models in the library",
    load: () => import("./commands/list.ts"),
  },
  {
    name: "remove",
    alias: "rm",
    group: LIBRARY,
    summary: "delete models from the library",
    load: () => import("./commands/remove.ts"),
  },
  {
    name: "verify",
    group: LIBRARY,
    summary: "prove the bytes of files again",
    load: () => import("./commands/verify.ts"),
  },
  {
    name: "update",
    group: LIBRARY,
    summary: "compare with the Hub, and fetch what has changed",
    load: () => import("./commands/update.ts"),
  },
  {
    name: "models",
    group: LIBRARY,
    summary: "what is wanted of single models: pins",
    load: () => import("./commands/models.ts"),
  },
  {
    name: "cleanup",
    group: LIBRARY,
    summary: "delete leftovers, and models beyond a quota",
    load: () => import("./commands/cleanup.ts"),
  },
  {
    name: "history",
    group: LIBRARY,
    summary: "what was downloaded, and how it went",
    load: () => import("./commands/history.ts"),
  },
  {
    name: "cache",
    group: PROGRAM,
    summary: "the Hub's replies that are kept for a while",
    load: () => import("./commands/cache.ts"),
  },
  {
    name: "config",
    group: PROGRAM,
    summary: "settings and where they come from",
    load: () => import("./commands/config.ts"),
  },
  {
    name: "login",
    group: PROGRAM,
    summary: "check and store an access token",
    load: () => import("./commands/login.ts"),
  },
  {
    name: "logout",
    group: PROGRAM,
    summary: "delete the stored access token",
    load: () => import("./commands/logout.ts"),
  },
  {
    name: "whoami",
    group: PROGRAM,
    summary: "show whose token is used",
    load: () => import("./commands/whoami.ts"),
  },
  {
    name: "doctor",
    group: PROGRAM,
    summary: "look for what is wrong, and say what to do",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "demo",
    group: PROGRAM,
    summary: "try the program on a Hub of its own",
    hidden: true,
    load: () => import("./commands/demo.ts"),
  },
  {
    name: "version",
    group: PROGRAM,
    summary: "show the version",
    load: () => import("./commands/version.ts"),
  },
  {
    name: "help",
    group: PROGRAM,
    summary: "show how a command is used",
    load: () => import("./commands/help.ts"),
  },
];
