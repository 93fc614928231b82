/**
 * `deno task screens`: the real program in tmux on the demo Hub, and what it shows, as the files of `docs/screens/`.
 *
 * @module
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Demo, startDemo } from "../../core/app.ts";
import { openSandbox, type Sandbox } from "../support/run_program.ts";
import { openScreen, type TmuxScreen } from "../support/tmux.ts";
import { checkScreen, isDrawnAt, type ScreenSize } from "../support/tui_checks.ts";

const FOLDER = fileURLToPath(new URL("../../docs/screens/", import.meta.url));
/** The same on every machine, since it is on the screens. */
const HOME = "/tmp/mm-demo";
const PORT = 8_765;
const SIZES: readonly ScreenSize[] = [
  { columns: 100, rows: 30 },
  { columns: 70, rows: 24 },
  { columns: 50, rows: 20 },
];
const MODEL = "demo/tiny-llama-GGUF";
/** So that a download can be looked at. */
const LIMIT = "5M";

/** Names of the files, and what they show. */
const TITLES = {
  library: "The library",
  search: "The search, before anything is typed",
  results: "The search, with results",
  details: "A model and its quants",
  confirm: "The question before a download",
  downloads: "Downloads",
  history: "The history",
  statistics: "The history in sums",
  schedules: "Schedules",
  settings: "Settings",
  logs: "What the daemon says",
  help: "The keys, made from the key maps",
  quit: "Leaving while something downloads",
} as const;

type ScreenName = keyof typeof TITLES;

/** A home with something to see in it. */
async function openHome(demo: Demo): Promise<Sandbox> {
  await rm(HOME, { recursive: true, force: true });
  await mkdir(HOME, { recursive: true });
  const place = (name: string): string => `${HOME}/.${name}`;
  const box = await openSandbox({
    HOME,
    LANG: "C.UTF-8",
    CI: "",
    XDG_CONFIG_HOME: place("config"),
    XDG_STATE_HOME: place("state"),
    XDG_CACHE_HOME: place("cache"),
    HF_HOME: place("hf"),
    HF_ENDPOINT: demo.endpoint,
  });
  const commands = [
    ["pull", `${MODEL}:Q2_K`],
    ["pull", "demo/embed-mini-GGUF"],
    ["pull", "demo/nothing-GGUF"],
    ["models", "pin", "demo/embed-mini-GGUF"],
    ["schedule", "create", "--name", "nightly", "--time", "23:00", "--until", "07:00", "--limit-rate", "20M"],
    ["start"],
    ["stop"],
    ["config", "set", "download.limit_rate", LIMIT],
  ];
  for (const args of commands) await box.run(args, { cwd: HOME });
  return box;
}

/** Goes through the screens, and shows each to `take`. */
async function walk(
  screen: TmuxScreen,
  take: (name: ScreenName, wanted: RegExp) => Promise<void>,
): Promise<void> {
  await take("library", /tiny-llama/);
  await screen.press("2");
  await take("search", /no more/);
  await screen.type("llama");
  await take("results", /Results for "llama"[^]*no more/);
  await screen.press("Enter");
  await screen.waitFor("the first result to be chosen", /^› \S/m);
  await openModel(screen);
  await screen.press("Home", "Down", "Space", "Down", "Space");
  await take("details", /2 marked/);
  await screen.press("d");
  await take("confirm", /To fetch/);
  await screen.press("Enter", "3");
  // Long enough for speeds to be known.
  const running = await screen.waitFor("the download to be under way", / ([5-9]|1\d) %/);
  // What was said is in the way of what comes. Where it has gone by itself meanwhile, Escape leads back: hence the 3.
  if (running.includes("queued")) await screen.press("Escape", "3");
  await take("downloads", /tiny-llama[^]*MB\/s/);
  await screen.press("4");
  await take("history", /completed/);
  await screen.press("s");
  await take("statistics", /uccess/);
  await screen.press("5");
  await take("schedules", /nightly/);
  await screen.press("6");
  await take("settings", /models_dir/);
  await screen.press("7");
  await take("logs", /Stopped/);
  await screen.press("?");
  await take("help", /where you are/);
  await screen.press("3", "q");
  await take("quit", /Leave while downloads run here\?/);
}

async function openModel(screen: TmuxScreen): Promise<void> {
  for (let row = 0; row < 10; row++) {
    if (/^› .*tiny-llama/m.test(await screen.capture())) break;
    await screen.press("Down");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await screen.press("Enter");
  await screen.waitFor("the quants", /Q4_K_M[^]*Q8_0/);
}

/** What is shown once it has come to rest, or after a moment where something always moves. */
async function takePicture(screen: TmuxScreen, size: ScreenSize, wanted: RegExp): Promise<string> {
  await screen.waitFor("the screen", (text) => isDrawnAt(text, size) && wanted.test(text));
  await new Promise((resolve) => setTimeout(resolve, 400));
  const text = await screen.capture();
  checkScreen(text, size);
  return text;
}

async function captureAll(demo: Demo, size: ScreenSize): Promise<void> {
  const { columns, rows } = size;
  await using box = await openHome(demo);
  await using screen = await openScreen(box, [], { ...size, cwd: HOME });
  await walk(screen, async (name, wanted) => {
    const text = await takePicture(screen, size, wanted);
    await writeFile(`${FOLDER}${name}-${columns}x${rows}.txt`, `${text}\n`);
  });
  await screen.press("s");
  await screen.finished();
}

/** The story of the end-to-end test, as somebody would see it. */
async function captureTour(demo: Demo): Promise<void> {
  const size = { columns: 100, rows: 30 };
  const parts: string[] = [];
  await using box = await openHome(demo);
  await using screen = await openScreen(box, [], { ...size, cwd: HOME });
  const take = async (title: string, wanted: RegExp, at: ScreenSize = size): Promise<void> => {
    const rule = "=".repeat(at.columns);
    parts.push(`${rule}\n${title}\n${rule}\n${await takePicture(screen, at, wanted)}\n`);
  };
  await take("mm", /tiny-llama/);
  await screen.press("s");
  await screen.type("tiny");
  await take("S, and typed: tiny", /Results for "tiny"[^]*no more/);
  await screen.press("Enter");
  await screen.waitFor("the first result to be chosen", /^› \S/m);
  await openModel(screen);
  await take("Enter: the model", /README/);
  await screen.press("Home", "Down", "Space", "Space", "d");
  await take("Space twice, and D: the question", /To fetch/);
  await screen.press("Enter", "3");
  await screen.waitFor("the download to be under way", / ([5-9]|1\d) %/);
  await take("Enter, and 3: the downloads", /MB\/s/);
  for (const other of [{ columns: 50, rows: 20 }, { columns: 40, rows: 12 }]) {
    await screen.resize(other.columns, other.rows);
    await take(`The window becomes ${other.columns} x ${other.rows}`, /tiny|Q4_K_M/, other);
  }
  await screen.resize(size.columns, size.rows);
  await screen.press("1");
  await take("Back to 100 x 30, and 1: the library", /downloading \d+ %/);
  await screen.waitFor("both to be here", (text) => !/downloading/.test(text), { timeoutMs: 60_000 });
  await take("A little later", /Q4_K_M/);
  await screen.press("End", "d");
  await take("End, and D: the question", /Delete .*\?/);
  await screen.press("d");
  await take("D: it is gone", /Library/);
  await screen.press("q");
  await screen.finished();
  await writeFile(`${FOLDER}tour.txt`, parts.join("\n"));
}

/** The index, with the pictures of the usual size in it. */
async function writeIndex(): Promise<void> {
  const names = Object.keys(TITLES) as ScreenName[];
  const sections = await Promise.all(names.map(async (name) => {
    const others = SIZES.slice(1).map(({ columns, rows }) =>
      `[${columns} x ${rows}](${name}-${columns}x${rows}.txt)`
    ).join(", ");
    const picture = await Deno.readTextFile(`${FOLDER}${name}-100x30.txt`);
    return `## ${TITLES[name]}\n\nAlso at ${others}.\n\n\`\`\`text\n${picture}\`\`\`\n`;
  }));
  const head = `# The terminal UI\n\n` +
    "`mm` on a terminal, on the demo Hub. Written by `deno task screens`, which runs the real program in tmux.\n" +
    "A run from the search to the deletion, with a window that changes its size: [tour.txt](tour.txt).\n";
  await writeFile(`${FOLDER}README.md`, [head, ...sections].join("\n"));
}

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const name of await readdir(FOLDER)) {
    if (name.endsWith(".txt")) await rm(`${FOLDER}${name}`);
  }
  await using demo = await startDemo({ port: PORT });
  for (const size of SIZES) await captureAll(demo, size);
  await captureTour(demo);
  await writeIndex();
  await rm(HOME, { recursive: true, force: true });
}

if (import.meta.main) await main();
