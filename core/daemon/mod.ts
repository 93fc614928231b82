/**
 * The daemon's room: being it, finding it, stopping it, reading its log, and registering it as a service.
 *
 * @module
 */
export {
  CHECKPOINT_LIMIT_MS,
  type DaemonOptions,
  findNextSchedule,
  runDaemon,
  runningError,
} from "./daemon.ts";
export { findDaemon, type FoundDaemon, stopDaemon, type StoppedDaemon } from "./daemon_client.ts";
export { type DaemonNote, readDaemonNote } from "./daemon_note.ts";
export { checkDaemonPlaces, type DaemonPlaces, daemonPlaces } from "./daemon_places.ts";
export type {
  DaemonProblem,
  DaemonStatus,
  NextSchedule,
  ScheduleAtWork,
  ScheduleDownload,
} from "./daemon_status.ts";
export { formatLogRecord, type LogLine, messageOf, parseLogLine } from "./log_record.ts";
export {
  enableService,
  isServiceInstalled,
  planService,
  serviceKindOfThis,
  type ServicePlan,
  type ServiceRequest,
  uninstallService,
  writeService,
} from "./service/service.ts";
export { SERVICE_KINDS, type ServiceKind, toAbsolute } from "./service/service_spec.ts";
export { type FoundSettings } from "./settings_watch.ts";
export { discoverToken } from "../hub/token.ts";
export { checkScheduleName } from "../jobs/schedule_book.ts";
export { readTiming, type TimingRequest } from "../jobs/schedule_timing.ts";
export { tailLines } from "../platform/follow_file.ts";
export { onHangup } from "../platform/process_signals.ts";
export { retryTimeMs } from "./mending.ts";
export { RotatingFile } from "../platform/rotating_file.ts";
