/**
 * The process that is the daemon.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { systemClock } from "../core/base/clock.ts";
import type { FoundSettings } from "../core/daemon/mod.ts";
import { configureDaemonLogging } from "./configure_logging.ts";
import { EXIT_CODES } from "./exit_code.ts";
import { statusDocument } from "./output/daemon_view.ts";
import { placesOf } from "./daemon_room.ts";
import type { Session } from "./session.ts";

/** A little longer than the daemon gives its work, so that it can say how that ended. */
const STOP_LIMIT_MS = 9_500;

async function findSettings(session: Session): Promise<FoundSettings> {
  const [{ loadSettings }, { discoverToken }] = await Promise.all([
    session.configuration(),
    session.daemon(),
  ]);
  const { settings, origins } = await loadSettings(await session.settingsSource());
  const { home } = await session.directories();
  const found = session.globals.token ??
    (await discoverToken({ environment: session.environment, home }).catch(() => undefined))?.token;
  return { settings, origins, token: found };
}

/** One promise that nobody awaits must not end everything that the daemon does. */
function surviveStrays(): Disposable {
  const log = getLogger(["mm", "daemon"]);
  const survive = (event: PromiseRejectionEvent | ErrorEvent): void => {
    event.preventDefault();
    const error: unknown = "reason" in event ? event.reason : event.error;
    const reason = error instanceof Error ? error.stack ?? error.message : String(error);
    log.error("Something has failed that nobody waited for: {reason}", { reason });
  };
  globalThis.addEventListener("unhandledrejection", survive);
  globalThis.addEventListener("error", survive);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", survive);
      globalThis.removeEventListener("error", survive);
    },
  };
}

/** The variable of an older tool. */
function pidFileOf(environment: Session["environment"]): string | undefined {
  const path = environment["HF_DOWNLOADER_PID_FILE"]?.trim() ?? "";
  return path === "" ? undefined : path;
}

/**
 * Is the daemon until it is stopped.
 *
 * @param options.talks Whether what happens is said on standard error as well.
 */
export async function runDaemon(session: Session, options: { readonly talks: boolean }): Promise<void> {
  const { output, environment, signal } = session;
  const { room, places } = await placesOf(session);
  const first = await findSettings(session);
  session.stopLimitMs = STOP_LIMIT_MS;
  // Without a terminal, it means that the settings are to be read again.
  session.hangupStops = session.terminal.stderrIsTerminal;
  const found = await room.findDaemon(places, session.clock);
  if (found !== undefined) throw room.runningError(found);
  await room.checkDaemonPlaces(places);
  const { level } = first.settings.log;
  const { logPath } = places;
  const logging = await configureDaemonLogging({ room, logPath, level, output, talks: options.talks });
  using _strays = surviveStrays();
  const directories = await session.directories();
  const ci = environment["CI"] ?? "";
  const clean = await room.runDaemon({
    places,
    clock: systemClock,
    signal,
    findSettings: () => findSettings(session),
    openManager: ({ settings, origins }, onNotice) =>
      session.newApp({ settings, origins, directories }, onNotice),
    setLogLevel: (next) => logging.setLevel(next),
    // In a terminal, it means that the terminal has gone.
    onReload: (handler) =>
      session.terminal.stderrIsTerminal ? { [Symbol.dispose]() {} } : room.onHangup(handler),
    onReady: (status) => {
      if (output.mode === "json") output.jsonLine(statusDocument({ status, jobs: [] }));
      else if (options.talks) {
        output.say(`The daemon is running as process ${status.pid}; stop it with Ctrl+C`);
      }
    },
    checksUpdates: ci === "" || ci === "false",
    pidFile: pidFileOf(environment),
  });
  if (!clean) session.exitCode = EXIT_CODES.FAILED;
}
