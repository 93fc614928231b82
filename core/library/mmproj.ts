/**
 * Which projector goes with a model.
 *
 * @module
 */
import { bitsLabel, companionKind, labelBits } from "./quant_label.ts";
import type { SizedFile } from "./units.ts";

function folders(path: string): string[] {
  return path.split("/").slice(0, -1);
}

/** How many leading folders two paths share. */
function sharedDepth(a: string, b: string): number {
  const other = folders(b);
  const depth = folders(a).findIndex((folder, index) => folder !== other[index]);
  return depth < 0 ? folders(a).length : depth;
}

/**
 * The projector (`mmproj`) that goes best with a model's files: of the deepest folder they share, then with the
 * bits closest to the model's, `F16` before others of as many bits.
 */
export function bestMmproj<F extends SizedFile>(
  model: readonly F[],
  companions: readonly F[],
): F | undefined {
  const weights = model.find((file) => /\.gguf$/i.test(file.path) && companionKind(file.path) === undefined);
  const modelPath = weights?.path ?? model[0]?.path ?? "";
  const bitsOf = (path: string): number => labelBits(bitsLabel(path) ?? "") ?? 16;
  const modelBits = bitsOf(modelPath);
  const scored = companions
    .filter((file) => companionKind(file.path) === "mmproj" && /\.gguf$/i.test(file.path))
    .map((file) => {
      const depth = sharedDepth(file.path, modelPath);
      return {
        file,
        depth,
        // A projector in a folder of another model is a worse guess than one above both.
        elsewhere: folders(file.path).length - depth,
        distance: Math.abs(bitsOf(file.path) - modelBits),
        isF16: bitsLabel(file.path) === "F16",
      };
    });
  scored.sort((a, b) =>
    b.depth - a.depth || a.elsewhere - b.elsewhere || a.distance - b.distance ||
    Number(b.isF16) - Number(a.isF16) || (a.file.path < b.file.path ? -1 : 1)
  );
  return scored[0]?.file;
}
