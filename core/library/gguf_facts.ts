/**
 * What the header of a GGUF file says of the model in it.
 *
 * @module
 */
import { readGgufStart, skipGgufValue } from "./gguf_check.ts";
import { GgufProblem, GgufReader, type RandomReader } from "./gguf_reader.ts";

/** What is known of the model; `undefined` for what the header does not say. */
export interface GgufFacts {
  /** Such as `llama`. */
  readonly architecture: string | undefined;
  /** The model's own name. */
  readonly name: string | undefined;
  /** The kind of quantization as a number of the format. */
  readonly fileType: number | undefined;
  /** Values in all tensors of the file. */
  readonly parameters: number;
  /** Jinja. */
  readonly chatTemplate: string | undefined;
}

const TEXTS: ReadonlySet<string> = new Set([
  "general.architecture",
  "general.name",
  "tokenizer.chat_template",
]);
const UINT32 = 4;
const STRING = 8;
const MAX_KEY_BYTES = 64 * 1024;
/** Longer templates are not of interest: nobody knows them. */
const MAX_TEXT_BYTES = 200 * 1024;
const MAX_DIMENSIONS = 8;

/**
 * Reads the header.
 *
 * @throws {GgufProblem} When it is no GGUF file of a version that is known here; or what the reader throws.
 */
export async function readGgufFacts(source: RandomReader): Promise<GgufFacts> {
  const reader = new GgufReader(source);
  const counts = await readGgufStart(reader);
  if (counts === undefined) throw new GgufProblem("it is of a newer version");
  const texts = new Map<string, string>();
  let fileType: number | undefined;
  for (let pair = 0; pair < counts.pairs; pair++) {
    const key = await reader.text(MAX_KEY_BYTES);
    const type = await reader.u32();
    if (key === "general.file_type" && type === UINT32) fileType = await reader.u32();
    else if (TEXTS.has(key) && type === STRING) await readText(reader, key, texts);
    else await skipGgufValue(reader, type);
  }
  let parameters = 0;
  for (let tensor = 0; tensor < counts.tensors; tensor++) parameters += await tensorValues(reader);
  return {
    architecture: texts.get("general.architecture"),
    name: texts.get("general.name"),
    fileType,
    parameters,
    chatTemplate: texts.get("tokenizer.chat_template"),
  };
}

async function readText(reader: GgufReader, key: string, texts: Map<string, string>): Promise<void> {
  const length = await reader.count();
  if (length > MAX_TEXT_BYTES) return reader.skip(length);
  texts.set(key, await reader.bytesAsText(length));
}

async function tensorValues(reader: GgufReader): Promise<number> {
  await reader.text(MAX_KEY_BYTES);
  const dimensions = await reader.u32();
  if (dimensions > MAX_DIMENSIONS) throw new GgufProblem(`a tensor claims to have ${dimensions} dimensions`);
  let values = 1;
  for (let dimension = 0; dimension < dimensions; dimension++) values *= await reader.count();
  await reader.u32();
  await reader.u64();
  return values;
}

/** Labels of the kinds of quantization, by their numbers. */
const FILE_TYPES: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  7: "Q8_0",
  8: "Q5_0",
  9: "Q5_1",
  10: "Q2_K",
  11: "Q3_K_S",
  12: "Q3_K_M",
  13: "Q3_K_L",
  14: "Q4_K_S",
  15: "Q4_K_M",
  16: "Q5_K_S",
  17: "Q5_K_M",
  18: "Q6_K",
  19: "IQ2_XXS",
  20: "IQ2_XS",
  21: "Q2_K_S",
  22: "IQ3_XS",
  23: "IQ3_XXS",
  24: "IQ1_S",
  25: "IQ4_NL",
  26: "IQ3_S",
  27: "IQ3_M",
  28: "IQ2_S",
  29: "IQ2_M",
  30: "IQ4_XS",
  31: "IQ1_M",
  32: "BF16",
  36: "TQ1_0",
  37: "TQ2_0",
  38: "MXFP4",
};

/** The label of a kind of quantization; `undefined` for one that is not known. */
export function ggufFileTypeLabel(fileType: number | undefined): string | undefined {
  return fileType === undefined ? undefined : FILE_TYPES[fileType];
}
