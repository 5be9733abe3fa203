import type { ConfigFiles } from "../sources.ts";

/**
 * Paths that fit a glob(7) pattern with `*`, `?`, `[…]` and backslash, in order of code units.
 *
 * Without these characters it is the path itself, whether there is such a file or not. Names
 * that begin with a dot are matched only by a dot. The pattern is absolute.
 */
export async function expandGlob(pattern: string, files: ConfigFiles): Promise<readonly string[]> {
  const [first = "", ...segments] = pattern.split("/");
  let paths = [first];
  for (const segment of segments.filter((part) => part !== "")) {
    const found = await Promise.all(paths.map((path) => extendPath(path, { segment, files })));
    paths = found.flat();
  }
  return paths.sort(compareCodeUnits);
}

async function extendPath(
  path: string,
  { segment, files }: { readonly segment: string; readonly files: ConfigFiles },
): Promise<readonly string[]> {
  if (!/[*?[\\]/.test(segment)) return [`${path}/${segment}`];
  const steps = readSteps(segment);
  const names = await files.listNames(path === "" ? "/" : path) ?? [];
  const fitting = names.filter((name) =>
    (!name.startsWith(".") || segment.startsWith(".")) && fits(name, steps)
  );
  return fitting.map((name) => `${path}/${name}`);
}

function compareCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A run of any characters, or one character of a kind. */
type Step = "run" | ((char: string) => boolean);

function readSteps(segment: string): readonly Step[] {
  const parts = segment.match(/\*+|\?|\[[!^]?\]?[^\]]*\]|\\?./gsu) ?? [];
  return parts.map((part): Step => {
    if (part.startsWith("*")) return "run";
    if (part === "?") return () => true;
    if (part.startsWith("[") && part.length > 1) return readClass(part);
    const wanted = part.length > 1 && part.startsWith("\\") ? part.slice(1) : part;
    return (char) => char === wanted;
  });
}

function readClass(part: string): Step {
  const negated = /^\[[!^]/.test(part);
  const body = part.slice(negated ? 2 : 1, -1);
  const ranges = body.match(/.-.|./gsu) ?? [];
  const holds = (char: string): boolean =>
    ranges.some((range) => {
      const ends = Array.from(range);
      return ends.length === 3
        ? char >= (ends[0] as string) && char <= (ends[2] as string)
        : char === range;
    });
  return (char) => holds(char) !== negated;
}

function fits(name: string, steps: readonly Step[]): boolean {
  const chars = Array.from(name);
  let at = 0;
  let read = 0;
  let run = -1;
  let resume = 0;
  while (at < chars.length) {
    const step = steps[read];
    if (step === "run") {
      run = read++;
      resume = at;
    } else if (step?.(chars[at] as string)) {
      read++;
      at++;
    } else if (run >= 0) {
      read = run + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return steps.slice(read).every((step) => step === "run");
}
