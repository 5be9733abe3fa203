import assert from "node:assert/strict";
import { SshError } from "../../src/errors.ts";
import {
  DIRECTIVES_WITHOUT_EFFECT,
  lookUpKeyword,
  WORKING_DIRECTIVES,
} from "../../src/config/ssh_config/keywords.ts";
import { describeDifferences, formatResolved } from "../../src/config/printed_settings.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { type ConfigSources, systemSources } from "../../src/config/sources.ts";
import type { Target } from "../../src/config/target.ts";
import { generateConfig } from "./generated_config.ts";
import { Random } from "../support/random.ts";
import { writtenCases } from "./written_cases.ts";

/** One configuration and how it is asked. */
interface Case {
  readonly config: string;
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** Files that the configuration includes, by name; DIR in a text is their directory. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What ssh says: the settings by keyword, or the line it rejects. */
type Answer =
  | { readonly kind: "settings"; readonly lines: ReadonlyMap<string, readonly string[]> }
  | { readonly kind: "rejected"; readonly message: string };

const environment = {
  HOME: accountHome(),
  USER: "root",
  SOCK: "/run/sock",
  LANG: "C",
  PATH: "/usr/bin",
};

/** Of those without effect the three that are printed as ssh prints them. */
const COMPARED = ["host", ...WORKING_DIRECTIVES, "compression", "remotecommand", "requesttty"];

Deno.test("resolveHost() agrees with ssh -G on configurations written by hand", async () => {
  await compareAll(writtenCases);
  assert.ok(writtenCases.length >= 100, `${writtenCases.length} cases`);
});

Deno.test("resolveHost() agrees with ssh -G on 400 generated configurations", async () => {
  const random = new Random(20_260);
  const cases = Array.from({ length: 400 }, (_, index) => generateCase(random, index));
  const settled = await compareAll(cases);
  // Otherwise the generator writes so much nonsense that nothing is compared.
  assert.ok(settled >= 200, `only ${settled} of 400 were accepted by ssh`);
});

Deno.test("every keyword of the installed ssh works, is not needed, or is reported", async () => {
  const keywords = new Set([...await printedKeywords(), ...await keywordsOfManual()]);
  assert.ok(keywords.size > 90, `${keywords.size} keywords`);
  const unread: string[] = [];
  for (const keyword of keywords) {
    const effect = ["host", "match", "include"].includes(keyword)
      ? { kind: "works" }
      : lookUpKeyword(keyword)?.effect;
    if (effect === undefined) unread.push(keyword);
  }
  assert.deepEqual(unread, []);
});

Deno.test("a keyword that works is a member of the resolved host, or decides one", async () => {
  const sources = await sourceOfConfig();
  const unread = WORKING_DIRECTIVES.filter((keyword) => !sources.includes(`"${keyword}"`));
  assert.deepEqual(unread, []);
});

Deno.test("a keyword without effect has its reason, or is reported with file and line", async () => {
  for (const keyword of DIRECTIVES_WITHOUT_EFFECT) {
    const effect = lookUpKeyword(keyword)?.effect;
    assert.ok(effect !== undefined && effect.kind !== "works", keyword);
    if (effect.kind === "unneeded") {
      assert.notEqual(effect.reason, "", keyword);
      continue;
    }
    const config = await Deno.makeTempFile();
    await Deno.writeTextFile(config, `Host web\n${keyword} ${feltValue(keyword)}\n`);
    const resolved = await resolveHost({ host: "web" }, testSources(config));
    const reported = [...resolved.warnings, ...resolved.unavailable.map(({ text }) => text)];
    await Deno.remove(config);
    assert.equal(reported.length, 1, keyword);
    assert.ok(reported[0]?.startsWith(`${config}:2: ${keyword} has no effect here; `), keyword);
    assert.ok(describeDifferences(resolved).includes(reported[0] ?? "?"), keyword);
  }
});

async function printedKeywords(): Promise<readonly string[]> {
  const config = await Deno.makeTempFile();
  const answer = await askSsh({ config: "", host: "web" }, config);
  await Deno.remove(config);
  return answer.kind === "settings" ? [...answer.lines.keys()] : [];
}

/** The keywords that ssh_config(5) describes; none where the manual is not installed. */
async function keywordsOfManual(): Promise<readonly string[]> {
  const pages = ["/usr/share/man/man5/ssh_config.5.gz", "/usr/share/man/man5/ssh_config.5"];
  for (const page of pages) {
    const { code, stdout } = await new Deno.Command("zcat", { args: ["-f", page] }).output();
    if (code !== 0) continue;
    const lines = new TextDecoder().decode(stdout).matchAll(/^\.It Cm ([A-Z][A-Za-z0-9]+)$/gm);
    return [...lines].map(([, keyword = ""]) => keyword.toLowerCase());
  }
  return [];
}

/** The code that reads settings, without the table of keywords. */
async function sourceOfConfig(): Promise<string> {
  const root = new URL("../../src/config/", import.meta.url);
  const texts: string[] = [];
  for (const folder of ["", "ssh_config/"]) {
    for await (const { name } of Deno.readDir(new URL(folder, root))) {
      const isTable = name === "keywords.ts" || name === "printed_settings.ts";
      if (isTable || !name.endsWith(".ts")) continue;
      texts.push(await Deno.readTextFile(new URL(folder + name, root)));
    }
  }
  return texts.join("\n");
}

/** A value of which the effect would be felt. */
function feltValue(keyword: string): string {
  const values: Readonly<Record<string, string>> = {
    requesttty: "no",
    fingerprinthash: "md5",
    sessiontype: "none",
    tunnel: "ethernet",
    rekeylimit: "1G",
    dynamicforward: "1080",
    localforward: "8080 db:80",
    remoteforward: "8080",
    ipqos: "ef",
  };
  return values[keyword] ?? "yes";
}

function generateCase(random: Random, index: number): Case {
  const faults = index % 4 === 0 ? "some" : "none";
  const host = random.pick([
    "web",
    "web1",
    "db",
    "db.example.com",
    "10.1",
    "WEB",
    "::1",
    "fe80::1",
  ]);
  return {
    config: generateConfig(random, { faults }),
    host,
    ...(random.onceIn(3) ? { user: "deploy" } : {}),
    ...(random.onceIn(4) ? { port: 2022 } : {}),
  };
}

/** Compares all, four at a time; resolves to how many ssh accepted. */
async function compareAll(cases: readonly Case[]): Promise<number> {
  const directory = await Deno.makeTempDir();
  const differences: string[] = [];
  let accepted = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < cases.length) {
      const index = next++;
      const outcome = await compare(cases[index] as Case, `${directory}/${index}`);
      if (outcome.accepted) accepted++;
      if (outcome.difference !== "") differences.push(`case ${index}: ${outcome.difference}`);
    }
  };
  try {
    await Promise.all([work(), work(), work(), work()]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  assert.deepEqual(differences, [], differences.slice(0, 5).join("\n\n"));
  return accepted;
}

async function compare(
  example: Case,
  directory: string,
): Promise<{ readonly accepted: boolean; readonly difference: string }> {
  const config = `${directory}/config`;
  await Deno.mkdir(directory);
  const files = { config: example.config, ...example.files };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${directory}/${name}`, text.replaceAll("DIR", directory), {
      mode: 0o600,
    });
  }
  const [theirs, ours] = await Promise.all([askSsh(example, config), askOurs(example, config)]);
  const difference = differenceBetween(theirs, ours);
  return {
    accepted: theirs.kind === "settings",
    difference: difference === ""
      ? ""
      : `${example.user ?? ""}@${example.host}:${
        example.port ?? ""
      }\n${difference}\n${example.config}`,
  };
}

function differenceBetween(theirs: Answer, ours: Answer): string {
  if (theirs.kind === "rejected" || ours.kind === "rejected") {
    if (theirs.kind !== ours.kind) return `ssh: ${show(theirs)}\nours: ${show(ours)}`;
    const line = /(?:line |:)(\d+)(?::|$| )/.exec((theirs as { message: string }).message)?.[1];
    const message = (ours as { message: string }).message;
    if (line === undefined || message.includes(`:${line}:`)) return "";
    return `ssh names another line: ${show(theirs)}\nours: ${show(ours)}`;
  }
  return COMPARED.flatMap((keyword) => {
    const [a, b] = [theirs.lines.get(keyword), ours.lines.get(keyword)].map((x) =>
      (x ?? []).join("|")
    );
    return a === b ? [] : [`${keyword}: ssh "${a}" ours "${b}"`];
  }).join("\n");
}

function show(answer: Answer): string {
  return answer.kind === "settings" ? "accepts" : `rejects: ${answer.message}`;
}

async function askSsh(example: Case, config: string): Promise<Answer> {
  const { host, user, port } = example;
  const options = [
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
  ];
  const { code, stdout, stderr } = await new Deno.Command("ssh", {
    args: ["-G", "-F", config, ...options, host],
    clearEnv: true,
    env: environment,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code === 0) return readAnswer(decoder.decode(stdout));
  return { kind: "rejected", message: decoder.decode(stderr) };
}

async function askOurs(example: Case, config: string): Promise<Answer> {
  const target: Target = { host: example.host, username: example.user, port: example.port };
  try {
    return readAnswer(formatResolved(await resolveHost(target, testSources(config))));
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return { kind: "rejected", message: error.message };
  }
}

function readAnswer(text: string): Answer {
  const lines = new Map<string, string[]>();
  for (const line of text.split("\n").filter((part) => part !== "")) {
    const [, keyword = "", value = ""] = /^(\S*) ?(.*)$/.exec(line) ?? [];
    lines.set(keyword.toLowerCase(), [...lines.get(keyword.toLowerCase()) ?? [], value]);
  }
  return { kind: "settings", lines };
}

function testSources(config: string): ConfigSources {
  const real = systemSources({ ...environment, MCP_SSH_CONFIG: config });
  const readText = (path: string): Promise<string | undefined> =>
    path === "/etc/hostname" ? Promise.resolve(Deno.hostname()) : real.files.readText(path);
  return { ...real, files: { ...real.files, readText } };
}

/** ssh asks passwd(5) for the home directory, whatever HOME says. */
function accountHome(): string {
  const accounts = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  return accounts.find((account) => account[2] === String(Deno.uid()))?.[5] ?? "/";
}
