import { dirname, join } from "node:path";
import { type ServerUnderTest, startServer } from "./mcp_client.ts";
import { DEFAULT_ALIAS, type SshdOptions, startSshd } from "./sshd.ts";
import type { World } from "./world.ts";

/** The version that the set-up installs where dotnet(1) is. */
export const POWERSHELL_VERSION = "7.6.9";

/** Where the set-up installs it: throwaway accounts can read it there. */
export const POWERSHELL_PLACE = join(
  Deno.uid() === 0 ? "/usr/local/lib" : join(Deno.env.get("HOME") ?? "/tmp", ".cache"),
  `mcp-ssh-session-tests-powershell-${POWERSHELL_VERSION}`,
);

/** The path of pwsh; undefined where this machine has none. */
export const PWSH: string | undefined = [
  POWERSHELL_PLACE,
  ...(Deno.env.get("PATH") ?? "").split(":"),
].map((directory) => join(directory, "pwsh")).find(isFile);

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A host that finds pwsh in its PATH. */
export const IN_PATH: SshdOptions = {
  config: [`SetEnv PATH=${dirname(PWSH ?? "/none/pwsh")}:/usr/local/bin:/usr/bin:/bin`],
};

/** An account with pwsh as its login shell. */
export const AS_LOGIN_SHELL: SshdOptions = { account: { shell: PWSH ?? "/bin/false" } };

/** A test against PowerShell itself; its title names it. Counted as skipped where there is none. */
export function powerShellTest(title: string, fn: () => Promise<void>): void {
  if (!/\bPowerShell\b/.test(title)) throw new Error(`"${title}" does not name PowerShell`);
  Deno.test({ name: title, ignore: PWSH === undefined, fn });
}

/**
 * A host and the server, which drives PowerShell there. As a login shell pwsh starts for each exec
 * request, too: twice more for each session.
 */
export async function startPowerShellWorld(options: SshdOptions = IN_PATH): Promise<World> {
  const sshd = await startSshd(options);
  try {
    const deviceType = { [`OVRD_${DEFAULT_ALIAS}_DEVICE`]: "powershell" };
    const server: ServerUnderTest = await startServer({ env: sshd.environment(deviceType) });
    return {
      sshd,
      server,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await sshd[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await sshd[Symbol.asyncDispose]();
    throw error;
  }
}
