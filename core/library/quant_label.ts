/**
 * Quantization labels in the names of files and folders.
 *
 * @module
 */

/** Suffixes of sizes: `Q4_K_M`, `IQ2_XXS`, `IQ4_KSS`, `Q3_K_HIFI`. One or two letters, or one of these. */
const SIZE = "(?:XXS|XXL|KSS|HIFI|[A-Z]{1,2})";
/** Row-interleaved variants: `Q4_K_R4`, `IQ4_XS_R8`. */
const ROWS = "(?:_R\\d)?";

/** Labels that mean a quantization wherever they stand. */
const STRONG = [
  `Q\\d_K(?:_${SIZE})?${ROWS}`,
  `Q\\d_\\d(?:_\\d_\\d|_G\\d+|_${SIZE})?${ROWS}`,
  `IQ\\d_${SIZE}(?:_\\d_\\d|_${SIZE})?${ROWS}`,
  "TQ\\d_\\d",
  "TL[12]",
  "I2_S",
  "MXFP\\d(?:_MOE)?",
  "NVFP4(?:_MOE)?",
  "BF16",
  "FP?(?:16|32|64)",
  "FP[48]",
].join("|");

/** Labels that are cut short, or written with hyphens: believed only where no other is to be found. */
const WEAK = "Q\\d[-_.]K[-_.](?:S|M|L|XL)|Q\\d-[01]|I?Q\\d";

/** A label stands alone between separators, and its prefix `UD-` (Unsloth's mixtures) belongs to it. */
function labelExpression(labels: string): RegExp {
  return new RegExp(`(?<![A-Z0-9])(?:UD[-_])?(?:${labels})(?![A-Z0-9])`, "g");
}

const STRONG_LABEL = labelExpression(STRONG);
const WEAK_LABEL = labelExpression(WEAK);
const SHARD_SUFFIX = /-\d{5}-of-\d{5}$/i;
const EXTENSION = /\.(?:gguf|ggml|safetensors|bin|onnx|pt|pth|dat|imatrix|gguf_file)$/i;

/** The last label in a text, since what a name says last is what was made of it: `…-BF16-Q4_K_M`. */
function lastLabel(text: string, expression: RegExp): string | undefined {
  const label = text.toUpperCase().match(expression)?.at(-1);
  return label
    ?.replace(/^UD_/, "UD-")
    .replace(/^FP(?=16|32|64)/, "F")
    .replace(/(?<=Q\d)[-.](?=[K01])|(?<=_K|[-.]K)[-.]/g, "_");
}

/** The name of a file without its shard number and extension. */
export function fileStem(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.replace(EXTENSION, "").replace(SHARD_SUFFIX, "");
}

/** What a file is to a model besides its weights. */
export type CompanionKind = "mmproj" | "imatrix" | "draft";

/**
 * Whether a file goes with a model without being one: a projector for images or sound (`mmproj`), an importance
 * matrix, a head for drafting (`mtp-`, `eagle3-`, …).
 */
export function companionKind(path: string): CompanionKind | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const stem = fileStem(name);
  if (/\.imatrix$/.test(name) || /^imatrix(?![a-z0-9])/.test(stem)) return "imatrix";
  if (!name.endsWith(".gguf")) return undefined;
  if (/(?:^|[-_.])mmproj(?![a-z0-9])/.test(stem)) return "mmproj";
  if (/^(?:mtp|eagle3|dflash|dspark)[-_.]/.test(stem)) return "draft";
  // "…-Q4_K_M-imatrix.gguf" is a model made with a matrix; "Model.imatrix.gguf" is the matrix.
  const matrix = /[-_.]imatrix$/.test(stem) && lastLabel(stem, STRONG_LABEL) === undefined;
  return matrix ? "imatrix" : undefined;
}

/**
 * The quantization that a path names, in capitals: `UD-Q4_K_XL`, `IQ4_XS`, `MXFP4_MOE`, `BF16`; `FP16` reads as
 * `F16`. The file name counts first, then its folder, then those above.
 *
 * @returns `undefined` when there is none, and for companions.
 */
export function quantLabel(path: string): string | undefined {
  if (companionKind(path) !== undefined) return undefined;
  return bitsLabel(path);
}

/** As {@link quantLabel}, also for companions: the `F16` of `mmproj-F16.gguf`. */
export function bitsLabel(path: string): string | undefined {
  const names = [fileStem(path), ...path.split("/").slice(0, -1).reverse()];
  for (const expression of [STRONG_LABEL, WEAK_LABEL]) {
    for (const name of names) {
      const label = lastLabel(name, expression);
      if (label !== undefined) return label;
    }
  }
  return undefined;
}

/** Bits a weight where the name does not say it in so many words. */
const BITS: Readonly<Record<string, number>> = { TL1: 2, TL2: 2, I2_S: 2 };

/** Within one number of bits, from small to large; unknown ones stand in the middle. */
const SIZE_ORDER = ["XXS", "XS", "S", "NL", "0", "M", "1", "L", "XL", "XXL"];

/** About how many bits a weight takes; `undefined` for no label we know. For order and distance, not for sizes. */
export function labelBits(label: string): number | undefined {
  const name = label.toUpperCase().replace(/^UD[-_]/, "");
  const digits = /^(?:I?Q|TQ|MXFP|NVFP|BF|FP?)(\d+)/.exec(name)?.[1];
  return BITS[name] ?? (digits === undefined ? undefined : Number(digits));
}

function sizePlace(label: string): number {
  const place = SIZE_ORDER.indexOf(label.toUpperCase().split("_").at(-1) ?? "");
  return place < 0 ? SIZE_ORDER.indexOf("M") : place;
}

/** Orders labels by bits, then by size, smallest first; what has no label comes last. */
export function compareLabels(a: string | undefined, b: string | undefined): number {
  const rank = (label: string | undefined): number =>
    label === undefined ? Infinity : (labelBits(label) ?? 1000) * 100 + sizePlace(label);
  const difference = rank(a) - rank(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return (a ?? "") === (b ?? "") ? 0 : (a ?? "") < (b ?? "") ? -1 : 1;
}
