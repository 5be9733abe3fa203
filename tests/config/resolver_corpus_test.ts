import assert from "node:assert/strict";
import { formatResolved } from "../../src/config/printed_settings.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { WORKING_DIRECTIVES } from "../../src/config/ssh_config/keywords.ts";
import { type ConfigSources, systemSources } from "../../src/config/sources.ts";
import { REPOSITORY } from "../support/source_file.ts";

/** A configuration in the style of real ones, and the hosts that it is asked for. */
interface CorpusConfig {
  readonly name: string;
  /** DIR stands for the directory of the files. */
  readonly config: string;
  readonly hosts: readonly string[];
}

/** Of our own making: dotfiles, output of tools, defaults of distributions. */
interface Corpus {
  readonly corpus: readonly (CorpusConfig & { readonly files: Readonly<Record<string, string>> })[];
  /** Values read otherwise than by the ssh of Debian 12, and why. */
  readonly otherwise: readonly (CorpusConfig & { readonly reason: string })[];
}

const { corpus: CORPUS, otherwise: OTHERWISE }: Corpus = JSON.parse(
  Deno.readTextFileSync(`${REPOSITORY}tests/fixtures/ssh_configs.json`),
);

type Lines = ReadonlyMap<string, string>;

const COMPARED = ["host", ...WORKING_DIRECTIVES, "compression", "remotecommand", "requesttty"];
const accounts = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
const HOME = accounts.find((account) => account[2] === String(Deno.uid()))?.[5] ?? "/";
const environment = { HOME, USER: "root", LANG: "C", PATH: "/usr/bin:/bin", SHELL: "/bin/sh" };

Deno.test("resolveHost() reads 60 files like real ones as ssh -G does, but for a list with reasons", async (context) => {
  assert.ok(CORPUS.length >= 60, `${CORPUS.length} files`);
  const differences: string[] = [];
  for (const { name, config, hosts, files } of CORPUS) {
    await using directory = await plant(config, files);
    for (const host of hosts) {
      const [theirs, ours] = await Promise.all([askSsh(host, directory), askOurs(host, directory)]);
      const seen = differing(theirs, ours);
      if (seen !== "") differences.push(`${name}, ${host}: ${seen}`);
    }
  }
  assert.deepEqual(differences, []);
  for (const { name, config, hosts, reason } of OTHERWISE) {
    await context.step(`${name}: ${reason}`, async () => {
      await using directory = await plant(config, {});
      for (const host of hosts) assert.equal(typeof await askOurs(host, directory), "object");
    });
  }
});

interface Planted extends AsyncDisposable {
  readonly path: string;
}

async function plant(config: string, files: Readonly<Record<string, string>>): Promise<Planted> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/conf.d`);
  for (const [name, text] of Object.entries({ config, ...files })) {
    const place = /^\d/.test(name) ? `${path}/conf.d/${name}` : `${path}/${name}`;
    await Deno.writeTextFile(place, text.replaceAll("DIR", path), { mode: 0o600 });
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function differing(theirs: Lines | string, ours: Lines | string): string {
  if (typeof theirs === "string" || typeof ours === "string") {
    if (typeof theirs === "string" && typeof ours === "string") return "";
    return `ssh: ${typeof theirs === "string" ? theirs : "accepts"}, ours: ${
      typeof ours === "string" ? ours : "accepts"
    }`;
  }
  return COMPARED.flatMap((keyword) => {
    const [a = "", b = ""] = [theirs.get(keyword), ours.get(keyword)];
    return a === b ? [] : [`${keyword}: ssh "${a}" ours "${b}"`];
  }).join("; ");
}

async function askSsh(host: string, { path }: Planted): Promise<Lines | string> {
  const { code, stdout, stderr } = await new Deno.Command("ssh", {
    args: ["-G", "-F", `${path}/config`, host],
    clearEnv: true,
    env: environment,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return code === 0 ? linesOf(decoder.decode(stdout)) : decoder.decode(stderr);
}

async function askOurs(host: string, { path }: Planted): Promise<Lines | string> {
  try {
    return linesOf(formatResolved(await resolveHost({ host }, sourcesOf(`${path}/config`))));
  } catch (error) {
    return (error as Error).message;
  }
}

function sourcesOf(config: string): ConfigSources {
  const real = systemSources({ ...environment, MCP_SSH_CONFIG: config });
  const readText = (path: string): Promise<string | undefined> =>
    path === "/etc/hostname" ? Promise.resolve(Deno.hostname()) : real.files.readText(path);
  return { ...real, files: { ...real.files, readText } };
}

function linesOf(text: string): Lines {
  const lines = new Map<string, string>();
  for (const line of text.split("\n").filter((part) => part !== "")) {
    const [, keyword = "", value = ""] = /^(\S*) ?(.*)$/.exec(line) ?? [];
    const key = keyword.toLowerCase();
    lines.set(key, lines.has(key) ? `${lines.get(key)}|${value}` : value);
  }
  return lines;
}
