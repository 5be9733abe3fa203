import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import { startServer, type ToolReply } from "../support/mcp_client.ts";
import { powerShellTest, PWSH } from "../support/powershell.ts";
import { settled } from "../support/world.ts";
import { DEFAULT_ALIAS, type SshdOptions, startSshd } from "../support/sshd.ts";

const WINE = "/usr/bin/wine";

/** PowerShell in a language mode that an administrator chose. */
const LIMITED = `case $SSH_ORIGINAL_COMMAND in "echo "*) exec sh -c "$SSH_ORIGINAL_COMMAND" ;; esac
{ echo '$ExecutionContext.SessionState.LanguageMode = "'"$1"'"'; echo; cat; } |
  ${PWSH} -NoLogo -NoProfile -OutputFormat Text -Command - 2>&1
`;

powerShellTest("PowerShell in a restricted language mode is refused with the fact", async () => {
  const table = [
    ["ConstrainedLanguage", /^\[?PowerShell on \S+ runs in ConstrainedLanguage mode/m],
    [
      "RestrictedLanguage",
      /^\[?PowerShell on \S+ .*(?:RestrictedLanguage mode|does not run the script)/ms,
    ],
    ["NoLanguage", /^\[?PowerShell on \S+ does not run the script that drives a session/m],
  ] as const;
  for (const [mode, fact] of table) {
    const refused = await firstReply({
      account: { files: { "limited.sh": LIMITED } },
      config: [`ForceCommand sh ./limited.sh ${mode}`],
    });
    // On a busy machine it is found out only after the call's timeout.
    assert.ok(refused.isError || refused.meta?.state === "lost", refused.text);
    assert.match(refused.text, fact);
    assert.match(refused.text, /\n\[.* account/);
  }
});

Deno.test("wine's cmd answers the probe as cmd does, and is given cmd's line", async () => {
  const settings = ["WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml="];
  const line = `env ${settings.join(" ")} ${WINE} cmd.exe /c`;
  await using sshd = await startSshd({
    config: [`ForceCommand ${line} "$SSH_ORIGINAL_COMMAND"`],
  });
  const { name, home } = sshd.account!;
  // The first start makes wine's directory, which takes longer than the probe may.
  const first = ["env", `HOME=${home}`, ...settings, WINE, "cmd.exe", "/c", "exit"];
  await mustRun(["runuser", "-u", name, "--", ...first]);
  const refused = await reply(sshd);
  assert.ok(refused.isError, refused.text);
  assert.match(refused.text, /^PowerShell did not start on \S+; it printed: .*powershell/s);
});

Deno.test("files of a Windows host: what is refused names what there is instead, what is lost is told", async () => {
  await using scene = await startWindowsSshd();
  const { sshd } = scene;
  await using server = await startServer({ env: sshd.environment() });
  const remote_path = `${sshd.account!.home}/f.txt`;
  const write = (more: Record<string, unknown> = {}): Promise<ToolReply> =>
    server.call("write_file", { host: server.host, remote_path, content: "a\r\n", ...more });
  assert.match((await write()).text, /^\[(?!.*access rights)/);
  assert.match((await write()).text, /access rights are those of its folder.*icacls and attrib/s);
  assert.equal(await Deno.readTextFile(remote_path), "a\r\n");
  const read = { host: server.host, remote_path };
  for (
    const [refused, fact, instead] of [
      [await write({ permissions: "0600" }), /access control lists/, /icacls/],
      [await write({ use_sudo: true }), /no sudo that works over SSH/, /Administrators/],
      [await write({ sudo_password: "none" }), /no sudo that works over SSH/, /Administrators/],
      [await server.call("read_file", { ...read, use_sudo: true }), /no sudo/, /Administrators/],
    ] as const
  ) {
    assert.ok(refused.isError, refused.text);
    assert.match(refused.text, fact);
    assert.match(refused.text, instead);
  }
});

/** sshd with the ident of OpenSSH for Windows: a copy of it in which that is written. */
async function startWindowsSshd(): Promise<
  AsyncDisposable & { readonly sshd: Awaited<ReturnType<typeof startSshd>> }
> {
  const directory = await Deno.makeTempDir();
  const copy = `${directory}/sshd`;
  await Deno.writeFile(copy, renamed(await Deno.readFile("/usr/sbin/sshd")), { mode: 0o755 });
  const sshd = await startSshd({ within: ["sh", "-c", 'c=$0; shift; exec "$c" "$@"', copy] });
  return {
    sshd,
    [Symbol.asyncDispose]: async () => {
      await sshd[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Each string of the program that is its own ident, up to its zero byte. */
function renamed(program: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder("latin1").decode(program);
  const bytes = new Uint8Array(program);
  for (const { index, 0: found } of text.matchAll(/\0OpenSSH_[0-9][ -~]{22,60}(?=\0)/g)) {
    const ident = "\0OpenSSH_for_Windows_9.5".padEnd(found.length, "\0");
    bytes.set(new TextEncoder().encode(ident), index);
  }
  return bytes;
}

async function firstReply(options: SshdOptions): Promise<ToolReply> {
  await using sshd = await startSshd(options);
  return await reply(sshd);
}

async function reply(sshd: Awaited<ReturnType<typeof startSshd>>): Promise<ToolReply> {
  const env = sshd.environment({ [`OVRD_${DEFAULT_ALIAS}_DEVICE`]: "powershell" });
  await using server = await startServer({ env });
  return await settled(server, await server.run("'x'", { timeout: 50 }));
}
