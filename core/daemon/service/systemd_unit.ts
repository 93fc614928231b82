/**
 * The daemon as a unit of systemd; pure.
 *
 * @module
 */
import type { ServiceSpec } from "./service_spec.ts";

/** The name of the unit. */
export const UNIT_NAME = "model-manager.service";

/** As one word, whatever is in it: `%` begins a specifier, `$` a variable. */
function word(text: string, options: { readonly isCommand?: boolean } = {}): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll(
    "%",
    "%%",
  );
  const safe = options.isCommand === true ? escaped.replaceAll("$", "$$$$") : escaped;
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `"${safe}"`;
}

/** What every service may do without. */
const HARDENING: readonly string[] = [
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "ProtectControlGroups=yes",
  "ProtectKernelTunables=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
];

/** What only the manager of the system can take away: a user's own would fail at it. */
const SYSTEM_HARDENING: readonly string[] = [
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
];

/**
 * The text of the unit.
 *
 * @param options.system For the manager of the system, with `User=`; else for that of a user.
 */
export function systemdUnit(spec: ServiceSpec, options: { readonly system: boolean }): string {
  const { command, workingDirectory, environment, writable, writableIfThere, user } = spec;
  // Without the hyphen, a folder that is not there yet keeps systemd from starting anything, without a word of ours.
  const paths = [...writable, ...writableIfThere].map((path) => word(`-${path}`));
  // A private /tmp would hide what is meant to be written there.
  const isInTemporary = [...writable, ...writableIfThere].some((path) =>
    /^\/(?:var\/)?tmp(?:\/|$)/.test(path)
  );
  const lines = [
    "[Unit]",
    "Description=Model Manager: downloads AI models in the background",
    ...(options.system ? ["Wants=network-online.target", "After=network-online.target"] : []),
    "StartLimitIntervalSec=300",
    "StartLimitBurst=5",
    "",
    "[Service]",
    "Type=exec",
    ...(options.system ? [`User=${word(user)}`] : []),
    `ExecStart=${command.map((part) => word(part, { isCommand: true })).join(" ")}`,
    "ExecReload=/bin/kill -HUP $MAINPID",
    `WorkingDirectory=${workingDirectory.replaceAll("%", "%%")}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    "Restart=on-failure",
    "RestartSec=10",
    "# Settings that are wrong, a daemon that runs already, folders that cannot be written: trying again mends none.",
    "RestartPreventExitStatus=2 10 12",
    "# It writes down where its downloads are within ten seconds.",
    "TimeoutStopSec=20",
    "KillMode=mixed",
    "",
    "# It writes to these folders and nowhere else, if they are there when it starts. Run mm service install again",
    "# when models_dir has changed, and when a schedule follows a manifest in another folder.",
    `ReadWritePaths=${paths.join(" ")}`,
    ...HARDENING,
    ...(isInTemporary ? [] : ["PrivateTmp=yes"]),
    ...(options.system ? SYSTEM_HARDENING : []),
    "# No MemoryDenyWriteExecute: JavaScript is compiled while it runs.",
    "",
    "[Install]",
    `WantedBy=${options.system ? "multi-user.target" : "default.target"}`,
    "",
  ];
  return lines.join("\n");
}

function quoted(text: string): string {
  const plain = word(text);
  return plain.startsWith('"') ? plain : `"${plain}"`;
}
