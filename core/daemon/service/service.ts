/**
 * The daemon registered with the service manager of this machine.
 *
 * @module
 */
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { getuid, platform } from "node:process";
import { ModelManagerError } from "../../base/errors.ts";
import { missingRightHints, missingRightMessage } from "../../base/missing_right.ts";
import type { Settings } from "../../config/mod.ts";
import { writeFileAtomic } from "../../platform/atomic_file.ts";
import type { Directories } from "../../platform/dirs.ts";
import { makeDirectory, removeFile, somethingThere } from "../../platform/directory.ts";
import { type OwnCommand, ownCommand } from "../../platform/own_command.ts";
import { type FinishedCommand, runCommand } from "../../platform/run_command.ts";
import { isGranted } from "../../platform/runtime_facts.ts";
import { AGENT_LABEL, launchdAgent } from "./launchd_agent.ts";
import {
  outermost,
  serviceEnvironment,
  type ServiceKind,
  serviceKindOf,
  type ServiceSpec,
} from "./service_spec.ts";
import { systemdUnit, UNIT_NAME } from "./systemd_unit.ts";
import { TASK_NAME, windowsTask } from "./windows_task.ts";

/** What a service is made for. */
export interface ServiceRequest {
  readonly kind: ServiceKind;
  /** For the whole machine; systemd only. @default {false} */
  readonly system?: boolean;
  readonly directories: Directories;
  readonly settings: Pick<Settings, "models_dir">;
  readonly environment: Readonly<Record<string, string>>;
  /** Manifests outside of its own folders that schedules follow, and write back to. Absolute. @default {[]} */
  readonly manifests?: readonly string[];
  /** What relative paths in variables are relative to: the service is started elsewhere. Absolute. */
  readonly workingDirectory: string;
  /** Options of the command line that the daemon is to have as well; their paths are absolute. */
  readonly options: readonly string[];
  /** What is started. @default this program, as it was started */
  readonly own?: OwnCommand;
}

/** A file for a service manager, and what it is told. */
export interface ServicePlan {
  readonly kind: ServiceKind;
  /** Absolute: where the file belongs. */
  readonly path: string;
  readonly text: string;
  /** Folders that have to be there. */
  readonly folders: readonly string[];
  /** Variables that are not in the file because they hold secrets. */
  readonly secrets: readonly string[];
  /** Variables that this service manager cannot be given. */
  readonly dropped: readonly string[];
  /** Starts it now and from now on. */
  readonly enable: readonly (readonly string[])[];
  /** Stops it, now and from now on. */
  readonly disable: readonly (readonly string[])[];
  /** After the file has gone. */
  readonly forget: readonly (readonly string[])[];
}

function specOf(request: ServiceRequest): ServiceSpec & { readonly secrets: readonly string[] } {
  const { directories, settings, environment, options, manifests = [], own = ownCommand() } = request;
  const { variables, secrets } = serviceEnvironment(environment, request.workingDirectory);
  const denoCache = environment["DENO_DIR"] ?? join(dirname(directories.cache), "deno");
  const writable = outermost([settings.models_dir, directories.state, directories.config, directories.cache]);
  const folders = manifests.map((path) => dirname(path));
  const others = [...folders, environment["HF_HOME"] ?? join(directories.home, ".cache", "huggingface")];
  return {
    command: [own.program, ...own.args, "start", "--foreground", ...options],
    workingDirectory: directories.home,
    environment: variables,
    secrets,
    writable,
    // Together, so that nothing inside of a folder is named that is named itself.
    writableIfThere: outermost([...writable, ...others, ...own.isScript ? [denoCache] : []])
      .filter((path) => !writable.includes(path)),
    user: userName(environment),
  };
}

function userName(environment: Readonly<Record<string, string>>): string {
  try {
    const { username } = userInfo();
    const domain = environment["USERDOMAIN"] ?? "";
    return domain === "" ? username : `${domain}\\${username}`;
  } catch {
    return environment["USER"] ?? environment["USERNAME"] ?? "root";
  }
}

/** The service manager of this machine. */
export function serviceKindOfThis(): ServiceKind {
  return serviceKindOf(platform === "win32" ? "windows" : platform);
}

/** What is to be written and done; nothing is. */
export function planService(request: ServiceRequest): ServicePlan {
  const { kind, directories } = request;
  const spec = specOf(request);
  const common = { kind, folders: spec.writable, secrets: spec.secrets, dropped: [], forget: [] };
  if (kind === "systemd") return { ...common, ...systemdPlan(spec, request) };
  if (kind === "launchd") {
    const path = join(directories.home, "Library", "LaunchAgents", `${AGENT_LABEL}.plist`);
    const domain = `gui/${getuid?.() ?? 501}`;
    return {
      ...common,
      path,
      text: launchdAgent(spec, { errorPath: join(directories.logs, "launchd.log") }),
      folders: [...spec.writable, directories.logs],
      enable: [["launchctl", "bootstrap", domain, path]],
      disable: [["launchctl", "bootout", `${domain}/${AGENT_LABEL}`]],
    };
  }
  const path = join(directories.config, "daemon-task.xml");
  return {
    ...common,
    path,
    text: windowsTask(spec),
    dropped: Object.keys(spec.environment),
    enable: [["schtasks", "/Create", "/F", "/TN", TASK_NAME, "/XML", path], [
      "schtasks",
      "/Run",
      "/TN",
      TASK_NAME,
    ]],
    disable: [["schtasks", "/End", "/TN", TASK_NAME], ["schtasks", "/Delete", "/F", "/TN", TASK_NAME]],
  };
}

function systemdPlan(spec: ServiceSpec, { system = false, directories, environment }: ServiceRequest) {
  const configHome = environment["XDG_CONFIG_HOME"] ?? join(directories.home, ".config");
  const folder = system ? "/etc/systemd/system" : join(
    configHome.startsWith("/") ? configHome : join(directories.home, ".config"),
    "systemd",
    "user",
  );
  const manager = ["systemctl", ...system ? [] : ["--user"]];
  return {
    path: join(folder, UNIT_NAME),
    text: systemdUnit(spec, { system }),
    enable: [[...manager, "daemon-reload"], [...manager, "enable", UNIT_NAME], [
      ...manager,
      "restart",
      UNIT_NAME,
    ]],
    disable: [[...manager, "disable", "--now", UNIT_NAME]],
    forget: [[...manager, "daemon-reload"]],
  };
}

/** Whether its file is there. */
export function isServiceInstalled({ path }: ServicePlan): Promise<boolean> {
  return somethingThere(path);
}

/** Makes sure, before anything is changed, that this process may call the service manager. */
function requireManager({ enable: [[program = ""] = []] }: ServicePlan): void {
  if (isGranted("run", program)) return;
  const right = { kind: "run", scope: program } as const;
  throw new ModelManagerError("PERMISSION_ERROR", missingRightMessage(right), {
    hints: missingRightHints(right).slice(0, 1),
  });
}

/** Writes the file, and makes the folders that the service writes to. @throws {ModelManagerError} When it may not. */
export async function writeService(plan: ServicePlan): Promise<void> {
  requireManager(plan);
  const { kind, path, text, folders } = plan;
  for (const folder of folders) await makeDirectory(folder);
  await makeDirectory(dirname(path));
  // The task scheduler of Windows reads nothing else.
  const data = kind === "windows" ? utf16(text) : text;
  await writeFileAtomic(path, data, { mode: 0o644 });
}

function utf16(text: string): Uint8Array {
  const units = Uint16Array.from([..."\ufeff", ...text].join(""), (unit) => unit.charCodeAt(0));
  return new Uint8Array(units.buffer);
}

/** Starts it, now and whenever this user logs on. @throws {ModelManagerError} `FAILED` saying which step did. */
export async function enableService(plan: ServicePlan): Promise<void> {
  for (const command of plan.enable) {
    const finished = await runCommand(command);
    if (finished?.code === 0) continue;
    throw stepError(plan, command, finished);
  }
}

function stepError(
  { path }: ServicePlan,
  command: readonly string[],
  finished: FinishedCommand | undefined,
): ModelManagerError {
  const line = command.map((part) => /\s/.test(part) ? `"${part}"` : part).join(" ");
  const said = finished === undefined ? "there is no such program" : lastLine(finished);
  return new ModelManagerError("FAILED", `Cannot start the service: "${line}" has failed: ${said}`, {
    hints: [
      `Its file is there; when the service manager is, type: ${line}`,
      "Or do without a service manager: mm start",
      `Or take the file away: mm service uninstall (it is "${path}")`,
    ],
  });
}

function lastLine({ code, stdout, stderr }: FinishedCommand): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.at(-1) ?? `exit code ${code}`;
}

/**
 * Stops it and takes its file away. A service manager that does not answer is no reason to leave the file.
 *
 * @returns whether there was one.
 */
export async function uninstallService(plan: ServicePlan): Promise<boolean> {
  if (!await isServiceInstalled(plan)) return false;
  requireManager(plan);
  for (const command of plan.disable) await runCommand(command);
  const removed = await removeFile(plan.path);
  for (const command of plan.forget) await runCommand(command);
  return removed;
}
