import { fileURLToPath } from "node:url";

/** The repository, with a slash at its end; every script works from there. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Where built files go; git ignores it. */
export const DIST: string = `${ROOT}dist`;

/** What a finished program left behind. */
export interface Finished {
  readonly ok: boolean;
  /** Standard output and standard error, in that order. */
  readonly output: string;
}

/** Runs this Deno with arguments, in the repository. */
export function deno(args: readonly string[]): Promise<Finished> {
  return run(Deno.execPath(), args);
}

/** Runs npm with arguments, in the repository. */
export function npm(args: readonly string[]): Promise<Finished> {
  return run(Deno.build.os === "windows" ? "npm.cmd" : "npm", args);
}

async function run(program: string, args: readonly string[]): Promise<Finished> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { ok: success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Writes one line for the person who runs the script. */
export function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Lower-case hexadecimal SHA-256 of a file. */
export async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}
