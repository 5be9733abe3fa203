import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { idOf } from "../support/world.ts";
import { LOGIN_SHELLS, type ShellHost, startShellHosts } from "./login_shells.ts";

/** Holds the terminal raw, reads nothing, and ends when `go` is there, as a killed editor would. */
const DEAF = "stty raw -echo; printf 'u''p'; while test ! -e go; do sleep 0.05; done; rm -f go; " +
  "stty sane -echo; (exit 5)";
/** The same on the alternate screen, where queries of the terminal are answered: DA, DSR, DECRQM. */
const ASKS = DEAF.replace("'u''p'", "'\\033[?1049h\\033[c\\033[6n\\033[?12$pu''p'")
  .replace("rm -f go;", "rm -f go; printf '\\033[?1049l';");

/** What is left over: by what is typed with send_input, and whether Enter follows. */
const TYPED: readonly { readonly input_text: string; readonly enter: boolean }[] = [
  { input_text: "touch poisoned", enter: true },
  { input_text: "touch poisoned", enter: false },
  { input_text: "\x1b[?12;2$y", enter: false },
  { input_text: "y", enter: true },
];

const SHELLS = [...LOGIN_SHELLS, "yash"];

Deno.test("in every shell what a program left unread on a raw terminal neither runs nor spoils a command", async () => {
  await using hosts = await startShellHosts({ shells: SHELLS });
  await Promise.all(hosts.all.map(async (host) => {
    for (const typed of TYPED) {
      const ended = await leave(
        host,
        DEAF,
        (command_id) => host.server.call("send_input", { command_id, ...typed, wait: 0 }),
      );
      assert.equal(ended, 5, host.name);
      await assertExact(host, JSON.stringify(typed));
    }
  }));
});

Deno.test("in every shell a terminal's answers that nobody read are no part of the next command", async () => {
  await using hosts = await startShellHosts({ shells: [...SHELLS, "fish"] });
  await Promise.all(hosts.all.map(async (host) => {
    const command = host.name === "fish" ? `sh -c '${ASKS.replaceAll("'", "'\\''")}'` : ASKS;
    for (let round = 0; round < 3; round++) {
      assert.equal(await leave(host, command), 5, host.name);
      await assertExact(host, `round ${round}`);
    }
  }));
});

Deno.test("a command behind a line that still runs says so, and can be taken back", async () => {
  await using hosts = await startShellHosts({ shells: ["bash", "dash"] });
  await Promise.all(hosts.all.map(async (host) => {
    const loop = (file: string): string => `until test -e ${file}; do sleep 0.05; done`;
    await leave(
      host,
      `printf 'u''p'; ${loop("go")}; (exit 5)`,
      (command_id) =>
        host.server.call("send_input", { command_id, input_text: loop("on"), wait: 0 }),
    );
    const queued = await host.run("touch taken", { timeout: 0.5 });
    assert.equal(queued.meta?.state, "queued", queued.text);
    assert.match(queued.text, /a line typed before; [^]*close_session gives the shell up/);
    const command_id = idOf(queued);
    const taken = await host.server.call("interrupt_command_by_id", { command_id });
    assert.match(taken.text, /it never ran/);
    await host.run("touch on", { session: "looks" });
    const next = await host.run("ls taken go on; (exit 3)");
    assert.match(next.body, /'?taken'?: No such file/, host.name);
    assert.equal(next.meta?.exit_status, 3);
  }));
});

/** Begins a command, leaves input to it that it does not read, lets it end and tells its status. */
async function leave(
  host: ShellHost,
  command: string,
  type: (commandId: string) => Promise<unknown> = () => Promise.resolve(),
): Promise<number | null | undefined> {
  // The "up" of the round before is no sign of this one.
  await host.run("printf '\\033[2J'");
  const id = idOf(await host.run(command, { timeout: 0.2 }));
  await until(`${host.name} runs it`, async () => {
    const reply = await host.server.call("read_screen", { command_id: id });
    return reply.text.includes("up");
  });
  await type(id);
  assert.equal((await host.run("touch go", { session: "looks" })).meta?.exit_status, 0, host.name);
  let status: number | null | undefined;
  // A screen that rests is an answer too, as long as the program has not seen the file.
  await until(`${host.name} ends it`, async () => {
    const reply = await host.server.call("get_command_status", { command_id: id, wait: 20 });
    status = reply.meta?.exit_status;
    return reply.meta?.state === "exited";
  });
  return status;
}

async function assertExact(host: ShellHost, what: string): Promise<void> {
  const told = `${host.name}, ${what}`;
  const next = await host.run("echo $?; seq 1 3; sh -c 'exit 3'".replace("$?", statusOf(host)));
  assert.equal(next.body, "5\n1\n2\n3\n", `${told}: ${next.text}`);
  assert.equal(next.meta?.exit_status, 3, told);
  assert.equal((await host.run("test -e poisoned")).meta?.exit_status, 1, told);
}

function statusOf({ name }: ShellHost): string {
  return name === "fish" ? "$status" : "$?";
}
