/**
 * The daemon as an agent of launchd; pure.
 *
 * @module
 */
import type { ServiceSpec } from "./service_spec.ts";

/** The name of the agent. */
export const AGENT_LABEL = "org.model-manager.daemon";

/** A text inside XML; characters that XML cannot hold are left out. */
export function xmlText(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * The text of the property list.
 *
 * @param options.errorPath Absolute: what the process says before its log is there.
 */
export function launchdAgent(spec: ServiceSpec, options: { readonly errorPath: string }): string {
  const { command, workingDirectory, environment } = spec;
  const text = (value: string): string => `<string>${xmlText(value)}</string>`;
  const variables = Object.entries(environment)
    .flatMap(([name, value]) => [`    <key>${xmlText(name)}</key>`, `    ${text(value)}`]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    "<dict>",
    "  <key>Label</key>",
    `  ${text(AGENT_LABEL)}`,
    "  <key>ProgramArguments</key>",
    "  <array>",
    ...command.map((part) => `    ${text(part)}`),
    "  </array>",
    "  <key>WorkingDirectory</key>",
    `  ${text(workingDirectory)}`,
    ...(variables.length === 0
      ? []
      : ["  <key>EnvironmentVariables</key>", "  <dict>", ...variables, "  </dict>"]),
    "  <key>RunAtLoad</key>",
    "  <true/>",
    "  <!-- Started again when it fails, not when it was stopped. -->",
    "  <key>KeepAlive</key>",
    "  <dict>",
    "    <key>SuccessfulExit</key>",
    "    <false/>",
    "  </dict>",
    "  <key>ThrottleInterval</key>",
    "  <integer>10</integer>",
    "  <key>ExitTimeOut</key>",
    "  <integer>20</integer>",
    "  <key>ProcessType</key>",
    "  <string>Background</string>",
    "  <key>StandardErrorPath</key>",
    `  ${text(options.errorPath)}`,
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}
