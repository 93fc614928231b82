/**
 * `mm service`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { ServicePlan } from "../../core/daemon/mod.ts";
import { placesOf } from "../daemon_room.ts";
import { sayStopped, stopDaemon } from "../daemon_start.ts";
import type { Session } from "../session.ts";

const KINDS = ["systemd", "launchd", "windows"] as const;

interface ServiceOptions {
  readonly system?: true | undefined;
  readonly kind?: typeof KINDS[number] | undefined;
}

/** Manifests that schedules follow. Where the state cannot be read, there are none to be told of. */
async function followedManifests(session: Session): Promise<readonly string[]> {
  const schedules = await session.app().then((app) => app.schedules.list()).catch(() => []);
  return schedules.flatMap(({ references, manifest }) =>
    references.length === 0 && manifest !== undefined ? [manifest] : []
  );
}

async function plan({ system, kind }: ServiceOptions, session: Session): Promise<ServicePlan> {
  const { room } = await placesOf(session);
  const { settings } = await session.settings();
  const manifests = await followedManifests(session);
  const wanted = kind ?? room.serviceKindOfThis();
  if (system === true && wanted !== "systemd") {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `Only systemd has services of the system here, not ${wanted}`,
      {
        hints: ["For this user: mm service install"],
      },
    );
  }
  return room.planService({
    kind: wanted,
    system: system === true,
    directories: await session.directories(),
    settings,
    manifests,
    environment: session.environment,
    workingDirectory: session.workingDirectory,
    options: optionsOf(session, (path) => room.toAbsolute(path, session.workingDirectory)),
  });
}

/** The options that set settings, with paths that mean the same wherever the service is started. */
function optionsOf(session: Session, absolute: (path: string) => string): readonly string[] {
  const options = session.settingOptions();
  return options.map((word, index) =>
    ["--config", "--models-dir"].includes(options[index - 1] ?? "") ? absolute(word) : word
  );
}

function sayLeftOut({ secrets, dropped }: ServicePlan, session: Session): void {
  const { output } = session;
  if (secrets.length > 0) {
    output.warn(`Left out, because secrets do not belong into such a file: ${secrets.join(", ")}`);
    output.suggest("Store the token where the service finds it: mm login");
  }
  if (dropped.length > 0) {
    output.warn(`This service manager cannot be given variables: ${dropped.join(", ")}`);
    output.suggest("Set what they set in the configuration file: mm config path");
  }
}

async function print(options: ServiceOptions, session: Session): Promise<void> {
  const service = await plan(options, session);
  const { kind, path } = service;
  // What goes to standard output is UTF-8, whatever the file itself is written in.
  const text = service.text.replace(/^(<\?xml [^>]*encoding=")UTF-16"/, '$1UTF-8"');
  await session.output.result({
    json: () => ({ kind, path, text }),
    quiet: () => [path],
    human: () => text.replace(/\r?\n$/, "").split(/\r?\n/),
    verbatim: true,
  });
  sayLeftOut(service, session);
}

/** A person without the rights is told what to type with them. */
function systemRightsError(error: unknown, path: string): unknown {
  if (!(error instanceof ModelManagerError) || error.code !== "PERMISSION_ERROR") return error;
  return new ModelManagerError("PERMISSION_ERROR", error.message, {
    hints: [
      "For this user no more rights are needed: mm service install",
      `Or write it with more: mm service print --system | sudo tee "${path}"`,
    ],
    cause: error,
  });
}

async function install(
  options: ServiceOptions & { readonly start: boolean },
  session: Session,
): Promise<void> {
  const service = await plan(options, session);
  const { kind, path } = service;
  const { room } = await placesOf(session);
  const { output } = session;
  const question = `Write "${path}"${
    options.start ? ", and start the daemon now and whenever you log on" : ""
  }?`;
  if (!await session.confirm(question, "install the service")) return output.say("Nothing was changed");
  await room.writeService(service).catch((error) => {
    throw options.system === true ? systemRightsError(error, path) : error;
  });
  sayLeftOut(service, session);
  if (options.start) {
    // The service manager starts its own; only one can be.
    const stopped = await stopDaemon(session);
    if (stopped !== undefined) sayStopped(stopped, session);
    await room.enableService(service);
  }
  await output.result({
    json: () => ({ kind, path, installed: true, started: options.start }),
    quiet: () => [path],
    human: () => [],
  });
  output.say(`Installed "${path}"`);
  output.suggest(
    options.start ? "See it at work: mm status" : "Start it by the service manager, or: mm start",
  );
  if (kind === "systemd" && options.system !== true) {
    output.suggest("To let it run while you are not logged on: loginctl enable-linger");
  }
}

async function uninstall(options: ServiceOptions, session: Session): Promise<void> {
  const service = await plan(options, session);
  const { kind, path } = service;
  const { room } = await placesOf(session);
  const { output } = session;
  const isThere = await room.isServiceInstalled(service);
  if (isThere && !await session.confirm(`Stop the service and delete "${path}"?`, "uninstall the service")) {
    return output.say("Nothing was changed");
  }
  const removed = isThere && await room.uninstallService(service).catch((error) => {
    throw options.system === true ? systemRightsError(error, path) : error;
  });
  await output.result({
    json: () => ({ kind, path, installed: false, removed }),
    quiet: () => removed ? [path] : [],
    human: () => [],
  });
  output.say(removed ? `Deleted "${path}"` : "The service is not installed");
}

const NOTES = `
Without --system the service is yours: it needs no more rights than you have, and
runs while you are logged on. The file names the folders that the daemon may write
to (systemd lets it write nowhere else): install it again when models_dir changes,
and when a schedule follows a manifest in another folder. Who only prints the file
has to make these folders.

Examples:
  mm service print                    see what would be written
  mm service install                  write it, and start it
  mm service print --system           a unit for the whole machine`;

/** Adds the commands of `mm service`. */
export function configure(command: Command, session: Session): void {
  command.description("Let the system start the daemon: systemd, launchd or the Windows task scheduler.")
    .addHelpText("after", NOTES);
  const add = (name: string, description: string) =>
    command.command(name).description(description)
      .option("--system", "for the whole machine, not for this user; systemd only")
      .addOption(new Option("--kind <KIND>", "another service manager than this machine's").choices(KINDS));
  add("print", "Print the file for the service manager.").action((options) => print(options, session));
  add("install", "Write the file, and start the daemon now and whenever you log on.")
    .option("--no-start", "write the file only")
    .action((options) => install(options, session));
  add("uninstall", "Stop the service and delete its file.").action((options) => uninstall(options, session));
}
