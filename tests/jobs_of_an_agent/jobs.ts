import assert from "node:assert/strict";
import { startFrr } from "../support/device_clis.ts";
import { addressOf, numbered, startFleet } from "../support/fleet.ts";
import { startServer } from "../support/mcp_client.ts";
import { freePort, startSshd } from "../support/sshd.ts";
import { idOf, startWorld } from "../support/world.ts";
import { Agent, type JobFigures } from "./agent.ts";

/** One of the thirteen jobs that an agent did on real hosts, as a scripted session. */
export interface AgentJob {
  readonly name: string;
  /** The most calls and characters that it may cost. */
  readonly goal: {
    readonly calls: number;
    readonly characters?: number;
    /** Words of the benchmark's goal; a test asserts no time. */
    readonly callTime?: string;
  };
  readonly run: () => Promise<JobFigures>;
}

const PASSWORD = "right-horse";

const BUILD =
  `i=0; while [ $i -lt 30000 ]; do i=$((i+1)); echo "[$i/30000] CC src/module_$i.c -O2 " ` +
  `"-Wall -I include"; [ $i = 17000 ] && echo "src/module_17000.c:12: error: unknown type 'size_tt'"; ` +
  `done; echo "make: stopped because of earlier failures"; exit 2`;

const INSTALLER = `ask() { printf '%s' "$1"; read -r REPLY; }
for n in $(seq 49); do echo "$n. The licensee accepts clause $n of this agreement."; done
ask 'Do you accept the licence? [y/N] '
ask 'Install directory: '
ask 'Host name: '
ask 'Port: '
ask 'Administrator: '
read -r -s -p 'Secret: ' S; echo
read -r -s -p 'Confirm: ' S; echo
PS3='Kind? '; select kind in small large; do break; done
ask 'Start now? [Y/n] '
echo "installed $kind"
`;

/** The jobs by their numbers in the table of the first agent. */
export const JOBS: readonly AgentJob[] = [
  { name: "1 disk full: a deleted open log", goal: { calls: 3, characters: 5_095 }, run: diskFull },
  { name: "2 service down, two faults, sudo", goal: { calls: 4, characters: 5_273 }, run: service },
  { name: "3 build of 2 MB, one failure in the middle", goal: { calls: 4 }, run: build },
  { name: "4 sqlite3, a transaction by hand", goal: { calls: 7, characters: 1_336 }, run: sqlite },
  { name: "5 CRLF config, two places", goal: { calls: 2, characters: 1_200 }, run: config },
  { name: "6 one check on eight hosts", goal: { calls: 1, characters: 600 }, run: eightHosts },
  { name: "7 installer", goal: { calls: 16, characters: 5_000 }, run: installer },
  { name: "8 vim", goal: { calls: 3, callTime: ", screen ≤ 1 s" }, run: vim },
  { name: "9 unshare, chroot, and back", goal: { calls: 10 }, run: nested },
  { name: "10 5 MB from host to host", goal: { calls: 1, characters: 600 }, run: copied },
  { name: "11 a command that ignores INT", goal: { calls: 4, characters: 622 }, run: hangs },
  { name: "12 unknown key, host down", goal: { calls: 4, characters: 751 }, run: unreachable },
  { name: "13 FRR behind a banner, no device_type", goal: { calls: 18 }, run: router },
];

async function diskFull(): Promise<JobFigures> {
  await using world = await startWorld();
  await world.server.run("exec 9>log; sleep 300 >&9 & echo filled >&9; rm log; exec 9>&-");
  const agent = new Agent(world.server);
  await agent.run("df -h . && du -sh .");
  const found = await agent.run("ls -l /proc/[0-9]*/fd 2>/dev/null | grep '/log (deleted)'");
  assert.match(found.body, /log \(deleted\)/);
  assert.match((await agent.run("kill %1; sleep 0.1; jobs")).body, /Terminated|^$/);
  return agent.figures;
}

async function service(): Promise<JobFigures> {
  await using world = await startWorld({
    account: {
      password: PASSWORD,
      sudoers: "ALL=(ALL) ALL",
      files: {
        "app.conf": "prot=80\n",
        start: "#!/bin/sh\nfor k in port user; do grep -q ^$k= app.conf || " +
          '{ echo "app.conf: no $k" >&2; exit 1; }; done; echo started\n',
      },
    },
  });
  const agent = new Agent(world.server);
  const sudo = { sudo_password: PASSWORD };
  assert.match((await agent.run("sudo sh ./start", sudo)).body, /no port/);
  const fixed = "sudo sed -i 's/^prot/port/' app.conf; sudo sh ./start; cat app.conf";
  assert.match((await agent.run(fixed, sudo)).body, /no user/);
  await agent.run("echo user=app | sudo tee -a app.conf", sudo);
  assert.match((await agent.run("sudo sh ./start", sudo)).body, /started/);
  return agent.figures;
}

async function build(): Promise<JobFigures> {
  await using world = await startWorld({ account: { files: { "build.sh": BUILD } } });
  const agent = new Agent(world.server);
  const built = await agent.run("sh build.sh", { max_output_chars: 2_000 });
  assert.match(built.firstLine, /^\[exit 2\]/);
  assert.match(built.text, /match="word\|word" finds lines/);
  const match = { command_id: idOf(built), match: "error:|failed" };
  assert.match((await agent.call("get_command_status", match)).body, /unknown type 'size_tt'/);
  return agent.figures;
}

async function sqlite(): Promise<JobFigures> {
  await using world = await startWorld();
  const agent = new Agent(world.server);
  let reply = await agent.run("sqlite3 shop.db");
  for (
    const line of [
      "create table t (id int, price int); insert into t values (1, 10), (2, 20);",
      "begin;",
      "update t set price = 11 where id = 1;",
      "select * from t;",
      "commit;",
    ]
  ) reply = await agent.input(reply, line);
  assert.match((await agent.input(reply, ".quit")).firstLine, /^\[exit 0\]/);
  return agent.figures;
}

async function config(): Promise<JobFigures> {
  const lines = Array.from({ length: 400 }, (_, n) => `key${n} = ${n}\r\n`).join("");
  await using world = await startWorld({ account: { files: { "app.ini": lines } } });
  const agent = new Agent(world.server);
  const edited = await agent.call("edit_file", {
    host: agent.host,
    remote_path: "app.ini",
    edits: [
      { old_text: "key17 = 17\n", new_text: "key17 = on\n" },
      { old_text: "key300 = 300\n", new_text: "key300 = off\n" },
    ],
  });
  assert.match(edited.text, /key300 = off/);
  assert.equal((await agent.run("grep -c $'\\r' app.ini")).body, "400\n");
  return agent.figures;
}

async function eightHosts(): Promise<JobFigures> {
  await using sshd = await startFleet(numbered("web", 8));
  await using server = await startServer({ env: sshd.environment() });
  const agent = new Agent(server);
  const command = `test "$(echo $SSH_CONNECTION | cut -d' ' -f3)" != ${addressOf(4)} && echo fine`;
  const reply = await agent.call("execute_on_hosts", { hosts: "web[1-8]", command });
  assert.match(reply.firstLine, /^\[7 of 8 exit 0, 1 nonzero\]/);
  assert.match(reply.body, /^== web\[1-4,6-8\] \(7\) \[exit 0\]\nfine\n== web5 \(1\) \[exit 1\]/);
  return agent.figures;
}

async function copied(): Promise<JobFigures> {
  await using from = await startSshd({
    alias: "old",
    account: { files: { "dump": "0123456789".repeat(500_000) } },
  });
  await using to = await startSshd({ alias: "new" });
  const configs = [from, to].map(({ sshConfigPath }) => Deno.readTextFileSync(sshConfigPath));
  await Deno.writeTextFile(from.sshConfigPath, configs.join("\n"));
  await using server = await startServer({ env: from.environment() });
  const agent = new Agent(server);
  const reply = await agent.call("copy_file", { source: "old:dump", destination: "new:dump" });
  assert.match(reply.firstLine, /^\[exit 0\]/, reply.text);
  assert.match(reply.text, /[0-9a-f]{64}/);
  assert.equal((await Deno.stat(`${to.account!.home}/dump`)).size, 5_000_000);
  return agent.figures;
}

async function installer(): Promise<JobFigures> {
  await using world = await startWorld({ account: { files: { "install.sh": INSTALLER } } });
  const agent = new Agent(world.server);
  let reply = await agent.run("bash install.sh");
  for (const answer of ["y", "/opt/app", "web1", "8080", "admin"]) {
    reply = await agent.input(reply, answer);
  }
  for (const _ of ["Secret", "Confirm"]) {
    assert.match(reply.firstLine, /^\[awaiting-input password\]/);
    reply = await agent.input(reply, "hidden-horse", "secret");
  }
  reply = await agent.input(reply, "2");
  const over = await agent.input(reply, "");
  assert.match(over.body, /installed large/);
  return agent.figures;
}

async function vim(): Promise<JobFigures> {
  await using world = await startWorld();
  // The time of the login is not vim's.
  await world.server.run("true");
  const agent = new Agent(world.server);
  const opened = await agent.run("vim note");
  assert.match(opened.firstLine, /^\[awaiting-input screen\]/);
  assert.match(opened.body, /^~$/m);
  assert.match((await agent.keys(opened, "ihello<esc>:wq<enter>")).firstLine, /^\[exit 0\]/);
  assert.equal((await agent.run("cat note")).body, "hello\n");
  return agent.figures;
}

async function nested(): Promise<JobFigures> {
  await using world = await startWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
  const agent = new Agent(world.server);
  await agent.run("sudo unshare -u sh -c 'hostname inner; exec bash --norc'");
  assert.match((await agent.run("hostname")).firstLine, / root@inner:\S+ nested=1 /);
  await agent.run("chroot / /bin/sh");
  assert.match((await agent.run("cd /etc; ls -d ssl")).firstLine, /:\/etc nested=2 /);
  const file = { host: agent.host, remote_path: "/etc/hostname" };
  assert.match((await agent.call("read_file", file)).firstLine, /login host's file/);
  await agent.run("exit");
  assert.doesNotMatch((await agent.run("exit")).firstLine, /nested=/);
  assert.equal((await agent.run("id -un")).body, `${world.sshd.user}\n`);
  return agent.figures;
}

async function hangs(): Promise<JobFigures> {
  await using world = await startWorld();
  const agent = new Agent(world.server);
  await world.server.run("true");
  const running = await agent.run("sh -c 'trap \"\" INT; sleep 300'", { timeout: 0.5 });
  const command_id = idOf(running);
  const ignored = await agent.call("interrupt_command_by_id", { command_id });
  assert.match(ignored.text, /signal="TERM"/);
  const ended = await agent.call("interrupt_command_by_id", { command_id, signal: "TERM" });
  assert.match(ended.firstLine, /^\[interrupted\]/);
  await agent.run("echo next");
  return agent.figures;
}

async function unreachable(): Promise<JobFigures> {
  await using sshd = await startSshd();
  await using other = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  const agent = new Agent(server);
  const down = await agent.run("true", { host: "127.0.0.1", port: freePort() });
  assert.ok(down.isError);
  const stranger = await agent.run("true", { host: "127.0.0.1", port: other.port });
  assert.ok(stranger.isError && /SHA256:/.test(stranger.text), stranger.text);
  assert.match((await agent.run("echo up")).body, /up/);
  return agent.figures;
}

async function router(): Promise<JobFigures> {
  await using frr = await startFrr({ reachedBy: "vtysh", hostName: "edge-r1" });
  const glued = `ForceCommand printf 'Authorised users only. '; ${frr.commandLine}`;
  await using sshd = await startSshd({ config: [glued] });
  await using server = await startServer({ env: sshd.environment() });
  const agent = new Agent(server);
  assert.match((await agent.run("show version")).firstLine, /^\[done\]/);
  const failed = await agent.run("show bogus\nshow daemons");
  assert.match(failed.text, /line 1 failed: "show bogus"/);
  return agent.figures;
}
