import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import { startServer, type ToolReply } from "../support/mcp_client.ts";
import { powerShellTest, PWSH } from "../support/powershell.ts";
import { DEFAULT_ALIAS, type SshdOptions, startSshd } from "../support/sshd.ts";

const WINE = ["/usr/bin/wine", "/usr/local/bin/wine"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** PowerShell in a language mode that an administrator chose. */
const LIMITED = `case $SSH_ORIGINAL_COMMAND in "echo "*) exec sh -c "$SSH_ORIGINAL_COMMAND" ;; esac
{ echo '$ExecutionContext.SessionState.LanguageMode = "'"$1"'"'; echo; cat; } |
  ${PWSH} -NoLogo -NoProfile -OutputFormat Text -Command - 2>&1
`;

powerShellTest("PowerShell in a restricted language mode is refused with the fact", async () => {
  const table = [
    ["ConstrainedLanguage", /^PowerShell on \S+ runs in ConstrainedLanguage mode/],
  ] as const;
  for (const [mode, fact] of table) {
    const refused = await firstReply({
      account: { files: { "limited.sh": LIMITED } },
      config: [`ForceCommand sh ./limited.sh ${mode}`],
    });
    assert.ok(refused.isError, refused.text);
    assert.match(refused.text, fact);
    assert.match(refused.text, /\n\[.* account/);
  }
});

Deno.test({
  name: "wine's cmd answers the probe as cmd does, and is given cmd's line",
  ignore: WINE === undefined,
  fn: async () => {
    const settings = ["WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml="];
    const line = `env ${settings.join(" ")} ${WINE} cmd.exe /c`;
    await using sshd = await startSshd({
      config: [`ForceCommand ${line} "$SSH_ORIGINAL_COMMAND"`],
    });
    const { name, home } = sshd.account!;
    // The first start makes wine's directory, which takes longer than the probe may.
    const first = ["env", `HOME=${home}`, ...settings, WINE!, "cmd.exe", "/c", "exit"];
    await mustRun(["runuser", "-u", name, "--", ...first]);
    const refused = await reply(sshd);
    assert.ok(refused.isError, refused.text);
    assert.match(refused.text, /^PowerShell did not start on \S+; it printed: .*powershell/s);
  },
});

async function firstReply(options: SshdOptions): Promise<ToolReply> {
  await using sshd = await startSshd(options);
  return await reply(sshd);
}

async function reply(sshd: Awaited<ReturnType<typeof startSshd>>): Promise<ToolReply> {
  const env = sshd.environment({ [`OVRD_${DEFAULT_ALIAS}_DEVICE`]: "powershell" });
  await using server = await startServer({ env });
  return await server.run("'x'", { timeout: 50 });
}
