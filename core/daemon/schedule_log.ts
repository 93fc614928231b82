/**
 * What happens to schedules, in the log.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { ScheduleEvent } from "../operations/model_manager.ts";

type Schedule = Extract<ScheduleEvent, { type: "schedule" }>["schedule"];

/** Says what is new of each schedule; remembers one line of each. */
export class ScheduleLog {
  readonly #log = getLogger(["mm", "schedule"]);
  readonly #said = new Map<string, string>();

  /** Takes in what happens. */
  handle(event: ScheduleEvent): void {
    if (event.type === "schedule") return this.#changed(event.schedule);
    const { name, event: download } = event;
    if (download.type === "retrying") {
      const { file, error } = download;
      this.#log.warning("Schedule {name}: {file}: {reason}", { name, file, reason: error.message });
    }
  }

  #changed({ name, run, last }: Schedule): void {
    const key = JSON.stringify([
      run?.dueAt,
      run?.attempts,
      run?.retryAt,
      run?.owner?.id,
      last?.dueAt,
      last?.status,
    ]);
    if (this.#said.get(name) === key) return;
    this.#said.set(name, key);
    if (run?.retryAt !== undefined) {
      const { retryAt, error } = run;
      const facts = { name, retryAt, reason: error?.message ?? "it has failed" };
      this.#log.warning("Schedule {name} tries again at {retryAt}: {reason}", facts);
    } else if (run?.owner !== undefined) {
      this.#log.info("Schedule {name} is at work, due at {dueAt}", { name, dueAt: run.dueAt });
    } else if (run !== undefined) this.#log.info("Schedule {name} is at rest", { name });
    else if (last !== undefined) this.#ended(name, last);
  }

  #ended(name: string, { status, dueAt, counts, error }: NonNullable<Schedule["last"]>): void {
    const facts = { name, status, dueAt, ...counts };
    if (status === "failed") {
      const reason = error?.message ?? "it did not say why";
      this.#log.error("Schedule {name} has failed: {reason}", { ...facts, reason });
    } else this.#log.info("Schedule {name}: {status}, due at {dueAt}", facts);
  }
}
