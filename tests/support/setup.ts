// Brings what the tests need from the distribution: `deno task setup`.
import { removeStaleAccounts } from "./account.ts";
import { command, type CommandResult, mustRun } from "./command.ts";
import { POWERSHELL_PLACE, POWERSHELL_VERSION, PWSH } from "./powershell.ts";
import { type Requirement, REQUIREMENTS } from "./requirements.ts";

const POLICY = "/usr/sbin/policy-rc.d";
const LOCALE = "de_DE.UTF-8";

await setUp();

async function setUp(): Promise<void> {
  const missing = await missingRequirements();
  if (missing.length > 0 && await canInstall()) await install(missing);
  const still = await missingRequirements();
  await installPowerShell();
  await fetchBundler();
  if (still.length > 0) return fail(still);
  if (Deno.uid() !== 0) return;
  if (!await hasLocale()) await mustRun(["localedef", "-i", "de_DE", "-f", "UTF-8", LOCALE]);
  await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  await removeStaleAccounts();
}

async function missingRequirements(): Promise<Requirement[]> {
  const script = 'PATH="$PATH:/usr/sbin:/sbin"; for p; do ' +
    'command -v "$p" >/dev/null || [ -e "$p" ] || echo "$p"; done';
  const programs = REQUIREMENTS.map(({ program }) => program);
  const absent = (await mustRun(["sh", "-c", script, "sh", ...programs])).split("\n");
  return REQUIREMENTS.filter(({ program }) => absent.includes(program));
}

async function canInstall(): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  return (await command(["sh", "-c", "command -v apt-get"])).code === 0;
}

async function install(missing: readonly Requirement[]): Promise<void> {
  say(`Installing ${missing.map(({ program }) => program).join(", ")} …`);
  const forbade = await forbidServices();
  try {
    await apt(["update", "-q"]);
    const packages: string[] = [];
    for (const requirement of missing) packages.push(await packageOf(requirement));
    const all = await apt(["install", "-q", "-y", "--no-install-recommends", ...packages]);
    // One package that cannot be had must not keep the others away: then each by itself.
    if (all.code !== 0) {
      for (const name of packages) {
        const one = await apt(["install", "-q", "-y", "--no-install-recommends", name]);
        if (one.code !== 0) say(`apt-get install ${name}: ${one.stderr.trim()}`);
      }
    }
  } finally {
    if (forbade) await Deno.remove(POLICY);
  }
}

/** From NuGet, where dotnet(1) is; its tests are skipped where neither is. */
async function installPowerShell(): Promise<void> {
  if (PWSH !== undefined || (await command(["sh", "-c", "command -v dotnet"])).code !== 0) return;
  say(`Installing PowerShell ${POWERSHELL_VERSION} …`);
  const place = ["--tool-path", POWERSHELL_PLACE, "PowerShell"];
  const installing = ["dotnet", "tool", "install", ...place, "--version", POWERSHELL_VERSION];
  const { code, stdout, stderr } = await command([
    "env",
    "DOTNET_CLI_TELEMETRY_OPTOUT=1",
    ...installing,
  ]);
  if (code !== 0) say(`${installing.join(" ")}: ${stdout.trim()} ${stderr.trim()}`);
}

/** deno bundle fetches its bundler at its first use; two at once would be in each other's way. */
async function fetchBundler(): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await command([
    Deno.execPath(),
    "bundle",
    "--quiet",
    "--no-lock",
    "--output",
    `${file}.js`,
    file,
  ]);
  for (const path of [file, `${file}.js`]) await Deno.remove(path).catch(() => {});
}

/** Keeps apt from starting daemons (invoke-rc.d); true when we put the file there. */
async function forbidServices(): Promise<boolean> {
  try {
    await Deno.writeTextFile(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755, createNew: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

async function packageOf({ packages }: Requirement): Promise<string> {
  for (const name of packages) {
    const { stdout } = await command(["apt-cache", "policy", name]);
    if (/Candidate: (?!\(none\))/.test(stdout)) return name;
  }
  return packages[0];
}

async function apt(args: readonly string[]): Promise<CommandResult> {
  const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
  return await command(["apt-get", ...options, ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
  });
}

async function hasLocale(): Promise<boolean> {
  return /^de_DE\.utf-?8$/im.test((await command(["locale", "-a"])).stdout);
}

function fail(missing: readonly Requirement[]): void {
  say("The tests need programs that are not installed:");
  for (const { program, packages, reason } of missing) {
    say(`  ${program} (Debian package ${packages[0]}): ${reason}`);
  }
  say("Run as root on Debian or Ubuntu this installs them; elsewhere please install them yourself");
  Deno.exitCode = 1;
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}
