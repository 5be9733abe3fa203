/** One machine that a release serves. */
export interface Target {
  /** Deno's name of it (`deno compile --target`). */
  readonly triple: string;
  /** Node's name of the operating system, which bundle manifests use. */
  readonly platform: "linux" | "darwin" | "win32";
  readonly extension: "" | ".exe";
}

/** The machines that a release serves. */
export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", platform: "linux", extension: "" },
  { triple: "aarch64-unknown-linux-gnu", platform: "linux", extension: "" },
  { triple: "x86_64-apple-darwin", platform: "darwin", extension: "" },
  { triple: "aarch64-apple-darwin", platform: "darwin", extension: "" },
  { triple: "x86_64-pc-windows-msvc", platform: "win32", extension: ".exe" },
];

/** A form of the program, known by the permissions it is compiled with. */
export interface Variant {
  readonly suffix: "" | "-agent";
  readonly permissions: readonly string[];
}

const SANDBOX = ["--no-prompt", "--allow-net", "--allow-read", "--allow-env", "--deny-import"];

/**
 * The engine frees dropped buffers when its young heap is full, or when they are twice as long as that
 * may grow: a copy of 1 GiB took 209 MiB at 16 and 150 at 2. What it keeps longer is looked at when
 * it has grown by 30 %: a copy of 20,000 files took 168 MiB where that is the engine's to say, and 108.
 */
export const ENGINE_FLAG =
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=30,--initial-old-space-size=24";

/**
 * The default form, and the one that can use an SSH agent: reaching the agent's socket takes write
 * permission, which that form gives up before it reads its first request.
 */
export const VARIANTS: readonly Variant[] = [
  { suffix: "", permissions: SANDBOX },
  { suffix: "-agent", permissions: [...SANDBOX, "--allow-write"] },
];

/** File name of one compiled program, below `dist/`. */
export function artifactName(target: Target, variant: Variant): string {
  return `mcp-ssh-session${variant.suffix}-${target.triple}${target.extension}`;
}
