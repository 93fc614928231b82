/**
 * Everything about this machine that is looked at, with what it takes.
 *
 * @module
 */
import { VERSION } from "../../base/version.ts";
import { ENVIRONMENT_VARIABLES } from "../../config/env_vars.ts";
import { tokenPath } from "../../hub/token.ts";
import { processorCount } from "../../platform/memory.ts";
import { programForm } from "../../platform/own_command.ts";
import { isGranted, openFileLimit, PERMISSION_NAMES, runtimeFacts } from "../../platform/runtime_facts.ts";
import { ok, problem } from "./check.ts";
import { modelsDiskTasks, ownDiskTasks } from "./disk_tasks.ts";
import type { DoctorHost, DoctorRequest } from "./host.ts";
import { libraryTasks, stateTasks } from "./library_tasks.ts";
import { checkMachine, checkTerminal } from "./machine_checks.ts";
import { checkPermission, checkVersions, permissionWishes } from "./program_checks.ts";
import type { CheckTask } from "./run_checks.ts";
import { checkSettings, checkVariables } from "./settings_checks.ts";
import { tokenPlaces, tokenTask } from "./token_task.ts";

/** All tasks that need no network. Folders below a home that nobody knows are not looked at. */
export function localTasks(host: DoctorHost, request: DoctorRequest): CheckTask[] {
  const hasHome = request.homeProblem === undefined;
  return [
    ...programTasks(host, request),
    ...settingsTasks(host, request),
    ...(knowsModelsDir(host, request) ? [...modelsDiskTasks(host), ...libraryTasks(host, request)] : []),
    ...(hasHome ? [...ownDiskTasks(host), tokenTask(host)] : []),
    ...(hasHome && host.store.isFile ? stateTasks(host) : []),
    ...machineTasks(host, request),
  ];
}

/** It may be known although the home is not, when somebody has named it. */
function knowsModelsDir({ origins }: DoctorHost, { homeProblem }: DoctorRequest): boolean {
  return homeProblem === undefined || origins?.get("models_dir")?.source !== "default";
}

/** `host` or `host:port` of those who are asked. */
function hostsOf({ settings: { endpoint, mirrors } }: DoctorHost): string[] {
  const hosts = [endpoint, ...mirrors].map((address) => new URL(address).host);
  // Its files are on other hosts.
  return hosts.includes("huggingface.co") ? [...hosts, "*.hf.co", "*.huggingface.co"] : hosts;
}

function programTasks(host: DoctorHost, request: DoctorRequest): CheckTask[] {
  const { settings, directories } = host;
  const hasHome = request.homeProblem === undefined;
  const versions: CheckTask = {
    id: "versions",
    group: "program",
    title: "versions",
    run: () => checkVersions({ mm: VERSION, form: programForm(), ...runtimeFacts() }),
  };
  if (PERMISSION_NAMES.every((name) => isGranted(name))) {
    const all = { id: "permissions", group: "program", title: "permissions" } as const;
    return [versions, { ...all, run: () => ok("all granted") }];
  }
  const own = hasHome ? [directories.state, directories.config] : [];
  const wishes = permissionWishes({
    folders: knowsModelsDir(host, request) ? [settings.models_dir, ...own] : undefined,
    tokenFile: hasHome ? tokenPath(tokenPlaces(host)) : undefined,
    hosts: hostsOf(host),
    variables: [
      runtimeFacts().os === "windows" ? "USERPROFILE" : "HOME",
      ...ENVIRONMENT_VARIABLES.map(({ name }) => name),
    ],
  });
  return [
    versions,
    ...wishes.map((wish): CheckTask => ({
      id: `permissions.${wish.name}`,
      group: "program",
      title: `--allow-${wish.name}`,
      run: () => checkPermission(wish, isGranted),
    })),
  ];
}

function settingsTasks(host: DoctorHost, request: DoctorRequest): CheckTask[] {
  const { environment, origins } = host;
  const { homeProblem, configuration } = request;
  const home: CheckTask[] = homeProblem === undefined ? [] : [{
    id: "home",
    group: "settings",
    title: "home folder",
    run: () => problem(homeProblem.message, homeProblem.hints),
  }];
  return [
    ...home,
    {
      id: "settings",
      group: "settings",
      title: "settings",
      run: () => checkSettings(configuration ?? {}, origins),
    },
    { id: "variables", group: "settings", title: "variables", run: () => checkVariables(environment) },
  ];
}

function machineTasks({ context }: DoctorHost, { terminal }: DoctorRequest): CheckTask[] {
  const facts = (): Parameters<typeof checkMachine>[0] => ({
    memoryBytes: isGranted("sys", "systemMemoryInfo") ? context.memoryBytes : undefined,
    processors: processorCount(),
    openFiles: openFileLimit(),
  });
  return [
    { id: "machine", group: "machine", title: "machine", run: () => checkMachine(facts()) },
    { id: "terminal", group: "machine", title: "terminal", run: () => checkTerminal(terminal) },
  ];
}
