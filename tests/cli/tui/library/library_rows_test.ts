import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { LIBRARY_SORTS, type LibraryRow, libraryRows } from "../../../../cli/tui/library/library_rows.ts";
import { type OpenJob, openJobs, readTarget, showSame } from "../../../../cli/tui/library/open_jobs.ts";
import { DOWNLOADS, HOSTILE, job, model, MODELS } from "./library_fixtures.ts";

const QUERY = { sort: "name", filter: "" } as const;

function rowsOf(models = MODELS, jobs: readonly OpenJob[] = []): readonly LibraryRow[] {
  return libraryRows({ models, jobs }, QUERY, []).rows;
}

function badges(rows: readonly LibraryRow[]): string[] {
  return rows.map(({ reference, badge }) => `${reference}: ${badge}`);
}

Deno.test("libraryRows() says of each model how it stands", () => {
  deepStrictEqual(badges(rowsOf()), [
    "acme/clip:config.json: error",
    "acme/gone-GGUF:IQ2_XXS: removed upstream",
    "acme/half-GGUF:F16: downloading 43 %",
    "acme/kept-GGUF:Q4_K_M: pinned",
    "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M: up to date",
    "acme/Llama-3.2-3B-Instruct-GGUF:Q8_0: update available",
  ]);
});

Deno.test("libraryRows() gives a job to the model that it fetches, and to what is not here a row of its own", () => {
  const open = (reference: string, change: Partial<OpenJob> = {}): OpenJob => ({
    id: reference,
    reference,
    target: readTarget(reference),
    status: "downloading",
    receivedBytes: 50,
    totalBytes: 200,
    ...change,
  });
  const jobs = [
    open("acme/Llama-3.2-3B-Instruct-GGUF:q8_0"),
    open("acme/half-GGUF", { status: "paused" }),
    open("acme/kept-GGUF:Q8_0", { status: "pending", receivedBytes: 0 }),
    open("acme/coming@v2:Q4_K_M", { status: "pending", receivedBytes: 0, totalBytes: 0 }),
  ];
  deepStrictEqual(badges(rowsOf(MODELS, jobs)), [
    "acme/clip:config.json: error",
    "acme/coming@v2:Q4_K_M: waiting",
    "acme/gone-GGUF:IQ2_XXS: removed upstream",
    "acme/half-GGUF:F16: paused 25 %",
    "acme/kept-GGUF:Q4_K_M: pinned",
    "acme/kept-GGUF:Q8_0: waiting",
    "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M: up to date",
    "acme/Llama-3.2-3B-Instruct-GGUF:Q8_0: downloading 25 %",
  ]);
});

Deno.test("libraryRows() orders by size and by date, what is only coming first", () => {
  const jobs = openJobs(DOWNLOADS, undefined);
  const order = (sort: "size" | "date"): string[] =>
    libraryRows({ models: MODELS, jobs }, { sort, filter: "" }, []).rows.map(({ reference }) => reference);
  deepStrictEqual(order("size").slice(0, 2), ["acme/half-GGUF:F16", "acme/kept-GGUF:Q4_K_M"]);
  strictEqual(order("size").at(-1), "acme/coming-GGUF");
  strictEqual(order("date")[0], "acme/coming-GGUF");
  deepStrictEqual(order("date").slice(-2), ["acme/kept-GGUF:Q4_K_M", "acme/clip:config.json"]);
});

Deno.test("libraryRows() filters by name and by state, whatever the case", () => {
  const found = (filter: string) => libraryRows({ models: MODELS, jobs: [] }, { sort: "name", filter }, []);
  deepStrictEqual(found("LLAMA").rows.map(({ label }) => label), ["Q4_K_M", "Q8_0"]);
  deepStrictEqual(found("update av").rows.map(({ label }) => label), ["Q8_0"]);
  deepStrictEqual(found("no such"), { rows: [], total: 6 });
});

Deno.test("libraryRows() gives the same array back while nothing that is seen has changed", () => {
  fc.assert(fc.property(
    fc.shuffledSubarray([...MODELS, ...HOSTILE]),
    fc.constantFrom(...LIBRARY_SORTS),
    fc.constantFrom("", "a", "GGUF", "日"),
    (models, sort, filter) => {
      const jobs = openJobs(DOWNLOADS, undefined);
      const first = libraryRows({ models, jobs }, { sort, filter }, []);
      const again = libraryRows({ models, jobs }, { sort, filter }, first.rows);
      strictEqual(again.rows, first.rows);
      const ids = first.rows.map(({ id }) => id);
      strictEqual(new Set(ids).size, ids.length);
      ok(first.rows.length <= first.total);
    },
  ));
});

Deno.test("libraryRows() changes when a pin does", () => {
  const before = rowsOf([model("acme/a")]);
  const { rows } = libraryRows({ models: [model("acme/a", { pinned: true })], jobs: [] }, QUERY, before);
  strictEqual(rows[0]?.model?.pinned, true);
});

Deno.test("openJobs() leaves out what is finished, of another library, or goes elsewhere", () => {
  const jobs = [
    job({ id: "1" }),
    job({ id: "2", status: "completed" }),
    job({ id: "3", status: "failed" }),
    job({ id: "4", modelsDir: "/elsewhere" }),
    job({ id: "5", options: { to: "/tmp/x" } }),
    job({ id: "6", status: "paused" }),
  ];
  deepStrictEqual(openJobs({ ...DOWNLOADS, jobs }, "/home/ada/models").map(({ id }) => id), ["1", "6"]);
  deepStrictEqual(openJobs({ ...DOWNLOADS, jobs }, undefined).map(({ id }) => id), ["1", "4", "6"]);
});

Deno.test("showSame() knows what a list of whole per cents does not show", () => {
  const one = openJobs(DOWNLOADS, undefined);
  const more = (bytes: number) => one.map((each) => ({ ...each, receivedBytes: each.receivedBytes + bytes }));
  strictEqual(showSame(one, more(1)), true);
  strictEqual(showSame(one, more(1_000_000_000)), false);
  strictEqual(showSame(one, one.slice(1)), false);
});

Deno.test("A reference that cannot be read is shown as it is", () => {
  const text = "https://hub.example/acme/x/tree/main";
  const jobs = openJobs({ ...DOWNLOADS, jobs: [job({ reference: text })] }, undefined);
  const { rows } = libraryRows({ models: [], jobs }, QUERY, []);
  deepStrictEqual(rows.map(({ repo, label }) => [repo, label]), [[text, ""]]);
});
