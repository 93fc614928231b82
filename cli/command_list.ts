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
const DAEMON = "Daemon:";
const PROGRAM = "Account and program:";

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "tui",
    group: FIND,
    summary: "browse, download and look after models on the whole terminal",
    load: () => import("./commands/tui.ts"),
  },
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
    summary: "downloads that wait: order, priorities, pauses",
    load: () => import("./commands/queue.ts"),
  },
  {
    name: "schedule",
    group: FIND,
    summary: "when the daemon downloads by itself",
    load: () => import("./commands/schedule.ts"),
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
    summary: "check files against their recorded digests",
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
    summary: "which models are wanted: the manifest, and pins",
    load: () => import("./commands/models.ts"),
  },
  {
    name: "sync",
    group: LIBRARY,
    summary: "make the library match the manifest",
    load: () => import("./commands/sync.ts"),
  },
  {
    name: "lock",
    group: LIBRARY,
    summary: "write down exactly what the manifest means now",
    load: () => import("./commands/lock.ts"),
  },
  {
    name: "cleanup",
    group: LIBRARY,
    summary: "delete leftovers, and models beyond a quota",
    load: () => import("./commands/cleanup.ts"),
  },
  {
    name: "import",
    group: LIBRARY,
    summary: "take in models of other programs, without copying them",
    load: () => import("./commands/import.ts"),
  },
  {
    name: "link",
    group: LIBRARY,
    summary: "show models to other programs, without copying them",
    load: () => import("./commands/link.ts"),
  },
  {
    name: "history",
    group: LIBRARY,
    summary: "what was downloaded, and how it went",
    load: () => import("./commands/history.ts"),
  },
  {
    name: "serve",
    group: LIBRARY,
    summary: "share the library as a Hub for other programs and machines",
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "start",
    group: DAEMON,
    summary: "start the daemon: queue and schedules without a terminal",
    load: () => import("./commands/start.ts"),
  },
  {
    name: "stop",
    group: DAEMON,
    summary: "stop the daemon; what it has fetched is kept",
    load: () => import("./commands/stop.ts"),
  },
  {
    name: "restart",
    group: DAEMON,
    summary: "stop the daemon and start it anew",
    load: () => import("./commands/restart.ts"),
  },
  {
    name: "status",
    group: DAEMON,
    summary: "what the daemon works on, and what waits",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "logs",
    group: DAEMON,
    summary: "what the daemon says",
    load: () => import("./commands/logs.ts"),
  },
  {
    name: "service",
    group: DAEMON,
    summary: "let the system start the daemon",
    load: () => import("./commands/service.ts"),
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
    name: "completions",
    group: PROGRAM,
    summary: "let a shell complete commands, models and quants",
    load: () => import("./commands/completions.ts"),
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
    summary: "how a command is used; pages about everything else",
    load: () => import("./commands/help.ts"),
  },
];
