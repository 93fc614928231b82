import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { gguf } from "@huggingface/gguf";
import {
  createDemoSource,
  DEMO_ACCESS,
  DEMO_TOKEN,
  DEMO_TOKEN_WITHOUT_ACCESS,
} from "../../../../core/server/demo/demo_source.ts";
import type { GeneratedFile } from "../../../../core/server/demo/generated_file.ts";
import { GeneratedSource } from "../../../../core/server/demo/generated_source.ts";
import { checkRepoPaths } from "../../../../core/base/repo_path.ts";

function makeSource(): GeneratedSource {
  const source = createDemoSource();
  ok(source instanceof GeneratedSource);
  return source;
}

async function filesOf(source: GeneratedSource, repo: string): Promise<readonly GeneratedFile[]> {
  return await source.files({ repo, commit: await source.commit(repo, "main") ?? "" });
}

/** A fetch of one file's ranges, as the GGUF reader wants it. */
function fetchOf(file: GeneratedFile): typeof fetch {
  return (_url, init) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get("range") ?? "");
    const start = Number(match?.[1] ?? 0);
    const end = Math.min(file.sizeBytes, Number(match?.[2] ?? file.sizeBytes - 1) + 1);
    return Promise.resolve(
      new Response(file.read({ start, end }), {
        status: 206,
        headers: { "content-range": `bytes ${start}-${end - 1}/${file.sizeBytes}` },
      }),
    );
  };
}

function parse(file: GeneratedFile) {
  return gguf("http://files.test/f.gguf", { fetch: fetchOf(file), computeParametersCount: true });
}

/** Bytes of one block and values in it, by the format's own numbers. */
const TYPES: Readonly<Record<number, readonly [number, number]>> = {
  0: [4, 1],
  1: [2, 1],
  8: [34, 32],
  10: [84, 256],
  11: [110, 256],
  12: [144, 256],
  13: [176, 256],
  14: [210, 256],
  30: [2, 1],
};

Deno.test("createDemoSource() makes valid GGUF files whose tensor tables fill them exactly", async () => {
  const source = makeSource();
  for (const model of await source.models()) {
    for (const file of await filesOf(source, model.id)) {
      if (!file.path.endsWith(".gguf")) continue;
      const { metadata, tensorInfos, tensorDataOffset } = await parse(file);
      strictEqual(metadata.version, 3, file.path);
      let end = 0;
      for (const tensor of tensorInfos) {
        const [blockBytes, blockValues] = TYPES[tensor.dtype] ?? [0, 0];
        strictEqual(Number(tensor.offset), Math.ceil(end / 32) * 32, `${file.path} ${tensor.name}`);
        strictEqual(Number(tensor.shape[0]) % blockValues, 0, tensor.name);
        const values = tensor.shape.reduce((product, dimension) => product * Number(dimension), 1);
        end = Number(tensor.offset) + values / blockValues * blockBytes;
      }
      strictEqual(file.sizeBytes, Number(tensorDataOffset) + Math.ceil(end / 32) * 32, file.path);
    }
  }
});

Deno.test("createDemoSource() tells the same parameters, architecture and context as the files", async () => {
  const source = makeSource();
  for (const model of await source.models()) {
    if (model.gguf === undefined) continue;
    const file = (await filesOf(source, model.id)).find((candidate) => candidate.path.endsWith("Q8_0.gguf"));
    ok(file !== undefined, model.id);
    const { metadata, parameterCount } = await parse(file);
    const values: Readonly<Record<string, unknown>> = { ...metadata };
    strictEqual(parameterCount, model.gguf.total);
    strictEqual(values["general.architecture"], model.gguf.architecture);
    strictEqual(values[`${model.gguf.architecture}.context_length`], model.gguf.context_length);
  }
});

Deno.test("createDemoSource() splits the F16 of tiny-llama into three shards of one model", async () => {
  const source = makeSource();
  const files = (await filesOf(source, "demo/tiny-llama-GGUF")).filter((file) =>
    file.path.includes("-F16-0000")
  );
  deepStrictEqual(
    files.map((file) => file.path),
    [1, 2, 3].map((shard) => `tiny-llama-F16-0000${shard}-of-00003.gguf`),
  );
  let parameters = 0;
  for (const [number, file] of files.entries()) {
    const { metadata, parameterCount } = await parse(file);
    const values: Readonly<Record<string, unknown>> = { ...metadata };
    parameters += parameterCount;
    strictEqual(values["split.no"], number);
    strictEqual(values["split.count"], 3);
  }
  strictEqual(parameters, (await source.model("demo/tiny-llama-GGUF"))?.gguf?.total);
});

Deno.test("createDemoSource() has the sizes that a demonstration wants", async () => {
  const source = makeSource();
  const megabytes = async (pattern: RegExp): Promise<number> =>
    (await filesOf(source, "demo/tiny-llama-GGUF")).filter((file) => pattern.test(file.path))
      .reduce((sum, file) => sum + file.sizeBytes, 0) / 1e6;
  const between = (value: number, least: number, most: number): void =>
    ok(value > least && value < most, String(value));
  between(await megabytes(/Q4_K_M/), 25, 35);
  between(await megabytes(/llama-F16/), 80, 100);
  ok(await megabytes(/Q2_K/) < await megabytes(/Q4_K_M/));
  ok(await megabytes(/Q4_K_M/) < await megabytes(/Q5_K_M/));
  ok(await megabytes(/Q5_K_M/) < await megabytes(/Q8_0/));
  let total = 0;
  for (const model of await source.models()) {
    const files = await filesOf(source, model.id);
    checkRepoPaths(model.id, files.map((file) => file.path));
    total += files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }
  between(total / 1e6, 180, 300);
});

Deno.test("createDemoSource() is the same each time", async () => {
  const digest = async (): Promise<string> => {
    const files = await filesOf(makeSource(), "demo/embed-mini-GGUF");
    const digests = await Promise.all(files.map((file) => file.digest()));
    return digests.map(({ hex }) => hex.slice(0, 8)).join(" ");
  };
  const first = await digest();
  strictEqual(await digest(), first);
  match(first, /^[0-9a-f ]+$/);
});

Deno.test("createDemoSource() has a safetensors file whose header fits", async () => {
  const source = makeSource();
  const file = (await filesOf(source, "demo/story-safetensors")).find((one) =>
    one.path === "model.safetensors"
  );
  ok(file !== undefined);
  const headerBytes = Number(new DataView(file.read({ start: 0, end: 8 }).buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.read({ start: 8, end: 8 + headerBytes })));
  const ends = Object.values<{ data_offsets?: [number, number] }>(header).map((tensor) =>
    tensor.data_offsets?.[1] ?? 0
  );
  strictEqual(file.sizeBytes, 8 + headerBytes + Math.max(...ends));
});

Deno.test("createDemoSource() has a former name, an older tag and a gate that one of the tokens opens", async () => {
  const source = createDemoSource();
  strictEqual(await source.renamedTo("demo/tinyllama-GGUF"), "demo/tiny-llama-GGUF");
  const old = await source.commit("demo/tiny-llama-GGUF", "v0.1");
  ok(old !== undefined && old !== await source.commit("demo/tiny-llama-GGUF", "main"));
  strictEqual((await source.model("demo/gated-llama-GGUF"))?.gated, "manual");
  const grants = DEMO_ACCESS.tokens.map((rule) => [rule.token, rule.grants?.["demo/gated-llama-GGUF"]]);
  deepStrictEqual(grants, [[DEMO_TOKEN, "granted"], [DEMO_TOKEN_WITHOUT_ACCESS, undefined]]);
  for (const token of [DEMO_TOKEN, DEMO_TOKEN_WITHOUT_ACCESS]) match(token, /^hf_[A-Za-z0-9]{34,}$/);
});
