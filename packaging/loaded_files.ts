/**
 * Files that are loaded by an address which is made when the program runs: packagers do not see them, so they have
 * to be named.
 *
 * @module
 */
import { posix } from "node:path";

/** What a source file loads besides its imports. */
export interface LoadedFiles {
  /** Paths below the root that its code names. */
  readonly paths: readonly string[];
  /** Lines that load something whose name does not stand in the file. */
  readonly unknown: readonly number[];
}

/** `import(x)`, but not `import("x")`, nor `typeof import("x")`. */
const COMPUTED_IMPORT = /\bimport\(\s*(?!["'\s])/g;
const WORKER = /\bnew Worker\(/g;
/** Something beside the file: `new URL("x", import.meta.url)`, `import.meta.resolve("x")`. */
const BESIDE = /\bimport\.meta\.(?:url|resolve|dirname|filename)\b/;
const RELATIVE_PATH = /(["'`])(\.{1,2}\/[\w./-]+\.\w+)\1/g;

/** Comments become blanks, so that lines stay where they are. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[^]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "))
    .replaceAll(/(^|[\s;{(,])\/\/.*$/gm, "$1");
}

/** Looks at one source text; `path` is where it is, below the root. */
export function loadedFiles(path: string, text: string): LoadedFiles {
  const code = withoutComments(text);
  const loads = [...code.matchAll(COMPUTED_IMPORT), ...code.matchAll(WORKER)];
  if (loads.length === 0 && !BESIDE.test(code)) return { paths: [], unknown: [] };
  const named = [...code.matchAll(RELATIVE_PATH)].map(([, , relative = ""]) =>
    posix.join(posix.dirname(path), relative)
  );
  const lineOf = (at: number): number => code.slice(0, at).split("\n").length;
  return {
    paths: [...new Set(named)].sort(),
    unknown: named.length > 0 ? [] : loads.map(({ index }) => lineOf(index)).sort((a, b) => a - b),
  };
}

/** What is wrong with the files of a program: each text names a place and what is missing there. */
export function missingFiles(
  sources: ReadonlyMap<string, string>,
  contains: (path: string) => boolean,
): readonly string[] {
  const problems: string[] = [];
  for (const [path, text] of sources) {
    const { paths, unknown } = loadedFiles(path, text);
    for (const line of unknown) problems.push(`${path}:${line} loads a file whose name does not stand in it`);
    for (const loaded of paths) {
      // The packed form of the program consists of .js files, made of these.
      const twin = loaded.replace(/\.js$/, ".ts");
      if (!contains(loaded) && !contains(twin)) {
        problems.push(`${path} loads ${loaded}, which is not included`);
      }
    }
  }
  return problems;
}
