import { POWERSHELL_CASES, type PowerShellCase } from "../end_to_end/powershell_cases.ts";
import { LANGUAGE_CASES } from "../end_to_end/powershell_language_cases.ts";
import { ODD_CASES } from "../end_to_end/powershell_odd_cases.ts";
import { commandOf, mistakesIn } from "../end_to_end/powershell_outcome.ts";
import { STATE_CASES } from "../end_to_end/powershell_state_cases.ts";
import { STREAM_CASES } from "../end_to_end/powershell_stream_cases.ts";
import { command } from "../support/command.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { programCommand, runtimeEnvironment } from "../support/program.ts";

/** The parts that {@link checkHost} works with. */
export interface ChecklistOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  /** Runs only the cases whose title contains it; some need those before them. */
  readonly word?: string | undefined;
  /** Each case in a session of its own, with no traces of others. */
  readonly isFresh?: boolean | undefined;
}

/** Each in a session of its own, as some leave their traces. */
const TABLES: Readonly<Record<string, readonly PowerShellCase[]>> = {
  "given cases": POWERSHELL_CASES,
  language: LANGUAGE_CASES,
  "programs and state": STATE_CASES,
  surroundings: ODD_CASES,
  streams: STREAM_CASES,
};

/** Facts of the host that decide how PowerShell is driven, by what PowerShell itself says of them. */
const FACTS: Readonly<Record<string, string>> = {
  PowerShell: '"$($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition)"',
  system: '"$([Environment]::OSVersion.VersionString) $env:PROCESSOR_ARCHITECTURE"',
  "language mode": '"$($ExecutionContext.SessionState.LanguageMode)"',
  "OEM code page": "[Globalization.CultureInfo]::CurrentCulture.TextInfo.OEMCodePage",
  "console encoding": "[Console]::OutputEncoding.WebName",
  culture: "[Globalization.CultureInfo]::CurrentCulture.Name",
  DefaultShell:
    "[string](Get-ItemProperty HKLM:\\SOFTWARE\\OpenSSH -ErrorAction Ignore).DefaultShell",
  sshd:
    "if ($env:SystemRoot) { (Get-Item $env:SystemRoot\\System32\\OpenSSH\\sshd.exe -EA Ignore).VersionInfo.FileVersion }",
};

/** Warming up takes long behind a virus scanner. */
const FIRST_S = 50;
/** Lines of `check` that name no host, user or path. */
const TOLD = /^(?:connected|host key {5}\w+:|logged in|shell|round trip|FAILED) /;

/** Runs all cases on a host through the product and prints facts and results; true when all are met. */
export async function checkHost(host: string, options: ChecklistOptions): Promise<boolean> {
  const { env, say } = options;
  const checked = await command(programCommand(["check", host]), {
    env: { ...await runtimeEnvironment(), ...env },
  });
  const lines = checked.stdout.split("\n");
  for (const line of checked.code === 0 ? lines.filter((one) => TOLD.test(one)) : lines) say(line);
  if (checked.code !== 0) return false;
  await using server = await startServer({ env, host });
  const first = await server.run("1 + 1", { timeout: FIRST_S });
  if (first.body !== "2\n") {
    say(`FAILED the first command: ${first.text}`);
    return false;
  }
  await sayFacts(server, say);
  return await runTables(server, options);
}

async function sayFacts(server: ServerUnderTest, say: (line: string) => void): Promise<void> {
  for (const [what, line] of Object.entries(FACTS)) {
    const { body } = await server.run(line);
    say(`${what}: ${body.trim() || "(none)"}`);
  }
}

async function runTables(
  server: ServerUnderTest,
  { say, word, isFresh = false }: ChecklistOptions,
): Promise<boolean> {
  const system = (await server.run('"$env:OS"')).body.startsWith("Windows_NT") ? "win" : "unix";
  const isOld = (await server.run("$PSVersionTable.PSVersion.Major")).body.startsWith("5");
  let met = 0;
  let all = 0;
  for (const [name, table] of Object.entries(TABLES)) {
    const applying = table.filter((one) => word === undefined || one.what.includes(word))
      .filter((one) => commandOf(one, system) !== undefined && !(isOld && one.isNew === true));
    if (applying.length === 0) continue;
    say(`\n${name}`);
    if (all > 0) await server.call("close_session", { host: server.host });
    await server.run("1", { timeout: FIRST_S });
    for (const one of applying) {
      if (isFresh) await renew(server, { one, table, system });
      const mistakes = await mistakesIn(server, one, system).catch((error) => [
        `${one.what}: ${error}`,
      ]);
      all += 1;
      if (mistakes.length === 0) met += 1;
      sayResult(one, { mistakes, say });
    }
  }
  say(`\n${met} of ${all} cases ok`);
  return met === all && all > 0;
}

/** Opens a new session, with the traces of the one case that this one is about. */
export async function renew(
  server: ServerUnderTest,
  { one, table, system }: {
    readonly one: PowerShellCase;
    readonly table: readonly PowerShellCase[];
    readonly system: "unix" | "win";
  },
): Promise<void> {
  await server.call("close_session", { host: server.host, session: "main" });
  await server.run("1", { timeout: FIRST_S });
  const before = table.find(({ what }) => what === one.after);
  if (before !== undefined) await mistakesIn(server, before, system);
}

/** One line for a case that is as expected, else its command, and what was expected and came. */
export function sayResult(
  { what, command }: PowerShellCase,
  { mistakes, say }: {
    readonly mistakes: readonly string[];
    readonly say: (line: string) => void;
  },
): void {
  if (mistakes.length === 0) return say(`  ok      ${what}`);
  say(`  FAILED  ${what}`);
  say(`          command: ${JSON.stringify(command).slice(0, 500)}`);
  for (const mistake of mistakes) say(`          ${mistake}`);
}
