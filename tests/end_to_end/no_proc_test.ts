import assert from "node:assert/strict";
import { join } from "node:path";
import { type BsdKind, withinBsd } from "../support/bsd_host.ts";
import { startServer, type ToolReply } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { idOf } from "../support/world.ts";

const PASSWORD = "right-horse";

/** Runs sshd where there is no proc(5) at all, as on macOS and FreeBSD. */
const WITHOUT_PROC = [
  ...["unshare", "--mount", "sh", "-c"],
  'mount -t tmpfs none /proc && exec "$@"',
  "sh",
];

/** Keeps in the file `got` what is typed to it, unseen. */
const LOOKS_LIKE_SUDO =
  'printf %s "${SUDO_PROMPT-[sudo] password for x: }"; read -rs -t 3 x; printf %s "$x" > got';

Deno.test("on a host without proc(5) no password is typed unasked, and nothing into what may be no shell", async () => {
  await using sshd = await startSshd({
    within: WITHOUT_PROC,
    account: { password: PASSWORD, sudoers: "ALL=(ALL) ALL" },
  });
  const env = sshd.environment({ [`OVRD_${sshd.alias}_SUDO_PASS`]: PASSWORD });
  await using server = await startServer({ env });
  const settled = async (reply: ToolReply): Promise<ToolReply> =>
    ["running", "queued"].includes(reply.meta?.state ?? "")
      ? await server.call("get_command_status", { command_id: idOf(reply), wait: 30 })
      : reply;
  assert.equal((await server.run("ls /proc | wc -l")).body, "0\n");
  // One that only looks like sudo's question: `sudo` has been named, so sudo's own marker is set.
  const like = await settled(await server.run(`sudo -k -n true; ${LOOKS_LIKE_SUDO}`));
  assert.equal(like.meta?.state, "awaiting_input", like.text);
  await server.call("send_input", { command_id: idOf(like), input_text: "mine", wait: 10 });
  assert.equal(await Deno.readTextFile(join(sshd.account!.home, "got")), "mine");
  // The real one is the caller's, too.
  const asked = await settled(await server.run("sudo -k id -u"));
  assert.equal(asked.meta?.state, "awaiting_input", asked.text);
  const answered = await server.call("send_input", {
    command_id: idOf(asked),
    input_text: PASSWORD,
    secret: true,
    wait: 20,
  });
  assert.match(answered.body, /^0$/m, answered.text);
  // A prompt that looks like a shell's, behind which a program reads: it gets what the caller sends alone.
  const program = "printf 'postgres=# '; cat > got";
  const reads = await settled(await server.run(program, { timeout: 10 }));
  assert.equal(reads.meta?.state, "awaiting_input", reads.text);
  assert.match(reads.text, /seems to ask/);
  const next = await server.run("echo next", { timeout: 1 });
  assert.notEqual(next.meta?.state, "exited", next.text);
  const last = { command_id: idOf(reads), input_text: "select 1;\r\x04", enter: false, wait: 10 };
  await server.call("send_input", last);
  assert.equal(await Deno.readTextFile(join(sshd.account!.home, "got")), "select 1;\n");
  // What a command leads to is adopted after the harmless first line.
  assert.equal((await settled(await server.run("bash --norc"))).meta?.prompt?.kind, "shell");
  assert.match((await server.run("echo $SHLVL")).firstLine, / nested=1 /);
});

/** Commands, and how each ps(1) makes its silence read: a question, nobody who reads, or a likeness. */
const SILENCES: readonly (readonly [command: string, freebsd: RegExp, macos: RegExp])[] = [
  ["printf 'Progress (3/5): '; sleep 3; echo done", /^\[exit 0\]/, /seems to ask|^\[exit 0\]/],
  ["printf 'user@h:~$ '; sleep 3; echo done", /^\[exit 0\]/, /seems to ask|^\[exit 0\]/],
  ["printf 'Name: '; cat >got", /^\[awaiting-input text\](?![^]*seems)/, /seems to ask/],
  ["printf 'postgres=# '; cat >got", /^\[awaiting-input text\](?![^]*seems)/, /seems to ask/],
];

for (const kind of ["freebsd", "macos"] as const satisfies readonly BsdKind[]) {
  Deno.test(`with the ps(1) of ${kind} in place of proc(5) readers are proven as far as it shows them`, async () => {
    await using sshd = await startSshd({
      within: withinBsd({ kind }),
      account: { password: PASSWORD, sudoers: "ALL=(ALL) ALL" },
    });
    const env = sshd.environment({ [`OVRD_${sshd.alias}_SUDO_PASS`]: PASSWORD });
    await using server = await startServer({ env });
    const got = join(sshd.account!.home, "got");
    for (const [command, freebsd, macos] of SILENCES) {
      const reply = await server.run(command, { timeout: 8 });
      assert.match(reply.text, kind === "freebsd" ? freebsd : macos, command);
      if (reply.meta?.state === "exited") continue;
      const next = await server.run("echo next", { timeout: 1 });
      assert.notEqual(next.meta?.state, "exited", next.text);
      await server.call("interrupt_command_by_id", { command_id: idOf(reply) });
      if (command.includes("got")) assert.equal(await Deno.readTextFile(got), "", command);
    }
    // A shell is adopted whatever its prompt looks like, and a password is never typed.
    for (const shell of ["PS1='\u276f ' bash --norc", "PS1='' dash"]) {
      const begun = await server.run(shell, { timeout: 8 });
      const isProven = kind === "freebsd" || shell.includes("bash");
      if (!isProven) continue;
      assert.equal(begun.meta?.prompt?.kind, "shell", begun.text);
      assert.match((await server.run("echo $$; exit 3")).text, /\[exit/);
    }
    const asked = await server.run("sudo -k id -u", { session: "other", timeout: 8 });
    assert.equal(asked.meta?.prompt?.kind, "password", asked.text);
  });
}
