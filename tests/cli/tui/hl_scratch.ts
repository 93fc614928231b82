import { HISTORY_SCREEN } from "../../../cli/tui/history/history_screen.ts";
import { LOGS_SCREEN } from "../../../cli/tui/logs/logs_screen.ts";
import { createHelpScreen } from "../../../cli/tui/help/help_screen.ts";
import { HISTORY_KEYS } from "../../../cli/tui/history/history_keys.ts";
import { LOGS_KEYS } from "../../../cli/tui/logs/logs_keys.ts";
import { LIBRARY_KEYS } from "../../../cli/tui/library/library_keys.ts";
import { FRAME_SIZES, NOW_MS, startTestScreen } from "../../support/tui_screens.ts";
import { RECORDS } from "../../support/fake_manager.ts";
import type { HistoryRecord, HistoryStatistics } from "../../../core/state/history_record.ts";
const rnd = (i: number) => ((i * 7919) % 97) / 97;
const recs: HistoryRecord[] = Array.from({ length: 60 }, (_, i) => {
  const st = (["completed", "completed", "failed", "completed", "cancelled"] as const)[i % 5]!;
  const b = st === "completed" ? Math.round(rnd(i) * 9e9) : i * 1e6;
  return {
    ...RECORDS[0]!,
    id: String(1000 - i),
    reference: i % 7 === 3
      ? "日本語モデル/とても長い名前のモデル-GGUF:Q4_K_M"
      : `acme/Model-${i}-Instruct-GGUF:Q4_K_M`,
    repo: `acme/Model-${i % 9}`,
    status: st,
    bytesFetched: b,
    averageBytesPerSecond: b / 60,
    peakBytesPerSecond: b / 40,
    startedAt: new Date(NOW_MS - i * 43e6 - 60000).toISOString(),
    endedAt: new Date(NOW_MS - i * 43e6).toISOString(),
    ...(st === "failed"
      ? {
        error: {
          code: "NETWORK_ERROR",
          message:
            'Cannot reach "huggingface.co": the connection was refused by the other side after a very long time',
        },
      }
      : {}),
  };
});
const days = new Map<string, number>();
for (const r of recs) {
  const d = r.endedAt.slice(0, 10);
  days.set(d, (days.get(d) ?? 0) + r.bytesFetched);
}
const c = (rs: HistoryRecord[]) => ({
  total: rs.length,
  completed: rs.filter((r) => r.status === "completed").length,
  failed: rs.filter((r) => r.status === "failed").length,
  cancelled: rs.filter((r) => r.status === "cancelled").length,
  successRate: rs.filter((r) => r.status === "completed").length / rs.length,
  bytesFetched: rs.reduce((s, r) => s + r.bytesFetched, 0),
  bytesResumed: 12e6,
  averageBytesPerSecond: 25e6,
  peakBytesPerSecond: 131e6,
  retries: 3,
});
const stats: HistoryStatistics = {
  ...c(recs),
  perDay: [...days].map(([date, b]) => ({ ...c(recs), date, bytesFetched: b })),
  perRepo: [...new Set(recs.map((r) => r.repo))].map((repo) => ({
    repo,
    ...c(recs.filter((r) => r.repo === repo)),
  })).sort((a, b) => b.bytesFetched - a.bytesFetched),
  damaged: 0,
};
const history = {
  list: () => Promise.resolve(recs),
  async *records() {
    yield* recs;
  },
  find: () => Promise.resolve([]),
  stats: () => Promise.resolve(stats),
  clear: () => Promise.resolve(1),
};
const screen = startTestScreen(HISTORY_SCREEN, { manager: { history } });
screen.clock.jumpTo(NOW_MS);
await screen.controller.enter!(undefined);
const show = (t: string, f: (x: any) => string) => {
  for (const s of FRAME_SIZES) {
    console.log(`#### ${t} ${s.columns}x${s.rows}`);
    console.log(f(s).split("\n").map((l) => "|" + l).join("\n"));
  }
};
const what = Deno.args[0];
if (what === "history") {
  await screen.press("down");
  await screen.press("down");
  show("list", (s) => screen.draw(s));
  await screen.press("enter");
  show("record", (s) => screen.draw(s));
  await screen.press("escape");
  await screen.press("s");
  show("stats", (s) => screen.draw(s));
  await screen.press("s");
  await screen.press("/");
  screen.controller.type!("Model-3");
  await new Promise((r) => setTimeout(r, 20));
  console.log(screen.draw({ columns: 60, rows: 18, unicode: false }));
  console.log(screen.shell.failed);
}
if (what === "help") {
  const help = startTestScreen(
    createHelpScreen((n) =>
      n === "history" ? HISTORY_KEYS : n === "logs" ? LOGS_KEYS : n === "library" ? LIBRARY_KEYS : []
    ),
  );
  help.controller.enter!("history");
  show("help", (s) => help.draw(s));
  for (let i = 0; i < 3; i++) await help.press("pagedown");
  show("help", (s) => help.draw(s));
}
if (what === "logs") {
  const lines = Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({
      jobId: "1rtd" + i,
      bytes: i * 1e6,
      time: new Date(NOW_MS - (60 - i) * 61e3).toISOString(),
      level: ["info", "debug", "warning", "error", "fatal"][i % 5],
      area: ["queue", "schedules", "control", "http.retry"][i % 4],
      message: i % 6 === 0
        ? "日本語モデル\nsecond line \u001b[31mred"
        : `Job 1rtd6q${i} is downloading acme/Model-${i}-Instruct-GGUF:Q4_K_M to /models with 8 connections, and goes on where it was after 3 retries`,
    }));
  const room = {
    daemonPlaces: () => ({ logPath: "/home/ada/.local/state/mm/logs/daemon.log" }),
    parseLogLine: (l: string) => JSON.parse(l),
    async *tailLines(_p: string, o: any) {
      yield* lines;
      await o.clock.sleep(200, { signal: o.signal }).catch(() => {});
    },
  };
  const logs = startTestScreen(LOGS_SCREEN, {
    session: { daemon: () => Promise.resolve(room as any), directories: () => Promise.resolve({} as any) },
  });
  logs.controller.enter!(undefined);
  await new Promise((r) => setTimeout(r, 20));
  show("logs", (s) => logs.draw(s));
  await logs.press("up");
  await logs.press("up");
  await logs.press("w");
  show("wrapped", (s) => logs.draw(s));
  await logs.press("enter");
  show("whole", (s) => logs.draw(s));
  await logs.press("escape");
  console.log(logs.shell.failed, LOGS_SCREEN.describe({ state: logs.store.get(), frame: {} as any }));
}
