import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { until } from "../support/condition.ts";
import { startDeviceServer } from "../support/device_server.ts";
import { addressOf, numbered, startFleet } from "../support/fleet.ts";
import { IOS } from "../support/ios_doubles.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";

const PASSWORD = "sudo-secret-9";

interface FleetRecord {
  readonly command_id: string;
  readonly state: string;
  readonly hosts: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly groups: readonly { readonly hosts: string; readonly count: number; state: string }[];
}

function recordOf(reply: ToolReply): FleetRecord {
  return reply.fleet as unknown as FleetRecord;
}

function onHosts(
  server: ServerUnderTest,
  hosts: string,
  command: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ToolReply> {
  return server.call("execute_on_hosts", { hosts, command, ...more });
}

/** A shell word list that runs `action` on the host with this index, and `other` elsewhere. */
function on(cases: Readonly<Record<number, string>>, other = "true"): string {
  const branches = Object.entries(cases).map(([index, action]) =>
    `*" ${addressOf(Number(index))} "*) ${action};;`
  );
  return `case " $SSH_CONNECTION " in ${branches.join(" ")} *) ${other};; esac`;
}

Deno.test("execute_on_hosts tells apart the ways in which hosts fail, and repeats nothing", async () => {
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const mutePort = mute.addr.port;
  using closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closedPort = closed.addr.port;
  closed.close();
  const odd = [
    { alias: "down1", lines: [`Port ${closedPort}`] },
    { alias: "down2", lines: [`Port ${closedPort}`] },
    { alias: "mute", lines: [`Port ${mutePort}`, "HostName 127.0.0.1", "ConnectTimeout 2"] },
    { alias: "gone", lines: ["HostName gone.invalid"] },
    { alias: "liar", lines: ["HostKeyAlias another"] },
    { alias: "nokey", lines: ["PreferredAuthentications password"] },
  ];
  await using sshd = await startFleet([...numbered("web", 20), ...odd]);
  await using server = await startServer({ env: sshd.environment() });
  const command = on(
    { 2: "(exit 3)", 4: "sleep 60", 6: "read -p 'Go on? ' x; echo went $x" },
    "echo fine",
  );
  const reply = await onHosts(server, "web[01-20],down*,mute,gone,liar,nokey", command, {
    timeout: 10,
  });
  assert.match(
    reply.firstLine,
    /^\[17 of 26 exit 0, 1 nonzero, 6 unreachable, 1 awaiting input, 1 running\] \d+\.\ds 9 different command_id=\w{12}$/,
    reply.text,
  );
  assert.match(reply.body, /^== web\[01-02,04,06,08-20\] \(17\) \[exit 0\]\nfine\n/);
  assert.match(reply.body, /^== web03 \(1\) \[exit 3\]$/m);
  assert.match(reply.body, /^== web05 \(1\) \[running\]$/m);
  assert.match(reply.body, /^== web07 \(1\) \[awaiting-input \w+\]\nGo on\? $/m);
  assert.match(
    reply.body,
    /^== down\[1-2\] \(2\) \[unreachable\]\nCannot connect to "%h" .*refused/m,
  );
  assert.match(
    reply.body,
    /^== mute \(1\) \[unreachable\]\nCannot connect to .*no SSH identification within 2 s/m,
  );
  assert.match(reply.body, /^== gone \(1\) \[unreachable\]\nCannot connect to .*gone\.invalid|%a/m);
  assert.match(reply.body, /^== liar \(1\) \[unreachable\]\n.*host key/im);
  assert.match(reply.body, /^== nokey \(1\) \[unreachable\]\nCannot log in/m);
  const { command_id, counts } = recordOf(reply);
  assert.deepEqual([counts["exit_0"], counts["unreachable"]], [17, 6]);
  // A host that asks holds nobody else, and is answered by its own id.
  const again = await onHosts(server, "web[01-20]", "echo again", { timeout: 1 });
  assert.match(again.firstLine, /^\[18 of 20 exit 0, 1 running, 1 not begun\]/, again.text);
  assert.match(again.body, /^== web07 \(1\) \[not begun\]\nSession "fleet" is held by command/m);
  const answered = await server.call("send_input", {
    command_id: `${command_id}/web07`,
    input_text: "on",
  });
  assert.match(answered.body, /went on\n/);
  const stopped = await server.call("interrupt_command_by_id", { command_id });
  assert.match(
    stopped.firstLine,
    /^\[18 of 26 exit 0, 1 nonzero, 6 unreachable, 1 interrupted\]/,
    stopped.text,
  );
  const one = await server.call("get_command_status", { command_id: `${command_id}/web03` });
  assert.equal(one.meta?.exit_status, 3);
  const whole = await server.call("send_input", { command_id, input_text: "x" });
  assert.match(whole.text, /is a command on 26 hosts/);
  const none = await server.call("get_command_status", { command_id: `${command_id}/web99` });
  assert.match(none.text, /has no host "web99"/);
});

Deno.test("execute_on_hosts runs nothing where a name is unknown, refused or there twice", async () => {
  await using sshd = await startFleet(numbered("web", 4));
  const env = sshd.environment({ MCP_SSH_ALLOWED_HOSTS: "web* *.invalid localhost" });
  await using server = await startServer({ env });
  const mark = `${sshd.account?.home ?? sshd.home}/ran`;
  const wrong: readonly (readonly [hosts: string, error: RegExp])[] = [
    [
      "web1,web9.invalid,web8.invalid",
      /Nothing was run: web9\.invalid, web8\.invalid are no aliases/,
    ],
    ["web1,mail*,@front", /no host fits mail\*, @front; nothing was run/],
    [
      "web1,db1,db2",
      /Nothing was run: .*may not reach "db1"; so it is with 2 of 3 hosts: db1, db2/,
    ],
    ["web1,-oProxyCommand=x", /Nothing was run: .*cannot be a host/],
    ["web[1-2", /no range that can be read/],
    [`web1,${sshd.user}@web1`, /"web1" and ".*@web1" are the same login/],
    ["web1,!web1", /selects no host/],
  ];
  for (const [hosts, error] of wrong) {
    const reply = await onHosts(server, hosts, `touch ${mark}`);
    assert.ok(reply.isError, hosts);
    assert.match(reply.text, error);
  }
  const bad = await onHosts(server, "web1", `touch ${mark}`, { batches: "1,none" });
  assert.match(bad.text, /batches: "none" is no number of hosts/);
  await assert.rejects(Deno.stat(mark), Deno.errors.NotFound);
  const all = await onHosts(server, "web*", "echo reached");
  assert.match(all.firstLine, /^\[4 of 4 exit 0\]/, all.text);
});

Deno.test("execute_on_hosts takes groups from Tag, the files of dsh and an inventory", async () => {
  const hosts = numbered("web", 3).map((host, n) => ({
    ...host,
    lines: n < 2 ? ["Tag front"] : [],
  }));
  await using sshd = await startFleet(hosts);
  await Deno.mkdir(`${sshd.home}/.dsh/group`, { recursive: true });
  await Deno.writeTextFile(`${sshd.home}/.dsh/group/back`, "web3\n");
  await Deno.writeTextFile(`${sshd.home}/hosts.ini`, "[every]\nweb[1:3]\n");
  const env = sshd.environment({ MCP_SSH_INVENTORY: "~/hosts.ini" });
  await using server = await startServer({ env });
  for (
    const [selection, wanted] of [["@front", "web[1-2]"], ["@back", "web3"], [
      "@every,!@back",
      "web[1-2]",
    ]]
  ) {
    const reply = await onHosts(server, selection!, "echo %h");
    assert.deepEqual(recordOf(reply).groups.map(({ hosts }) => hosts), [wanted], reply.text);
  }
  const unknown = await onHosts(server, "@nobody", "true");
  assert.match(
    unknown.text,
    /no host fits @nobody; nothing was run\n\[Groups are all, back, every, front/,
  );
});

Deno.test("execute_on_hosts stops after a canary that fails, and says what had begun", async () => {
  await using sshd = await startFleet(numbered("web", 9));
  await using server = await startServer({ env: sshd.environment() });
  const command = on({ 0: "(exit 7)" }, "echo begun");
  const reply = await onHosts(server, "web[1-9]", command, { batches: "1,50%" });
  assert.match(reply.firstLine, /^\[0 of 9 exit 0, 1 nonzero, 8 not begun\]/, reply.text);
  assert.match(reply.body, /== web\[2-9\] \(8\) \[not begun\]\n/);
  assert.match(reply.body, /stopped: too many hosts failed, no further one began/);
  const slow = await onHosts(server, "web[1-9]", on({ 0: "sleep 30" }), {
    batches: "1",
    timeout: 1,
  });
  assert.match(slow.firstLine, /^\[0 of 9 exit 0, 1 running, 8 not begun\]/, slow.text);
  const allowed = await onHosts(server, "web[2-9]", on({ 1: "false" }), {
    batches: "1,50%",
    max_failures: 1,
  });
  assert.match(allowed.firstLine, /^\[7 of 8 exit 0, 1 nonzero\]/, allowed.text);
});

Deno.test("cancelling execute_on_hosts begins no further host and leaves the rest readable", async () => {
  await using sshd = await startFleet(numbered("web", 4));
  await using server = await startServer({ env: sshd.environment() });
  const cancel = new AbortController();
  const cancelled = server.call("execute_on_hosts", {
    hosts: "web[1-4]",
    command: "echo on; sleep 60",
    batches: "2",
  }, { signal: cancel.signal });
  cancelled.catch(() => {});
  const running = async (): Promise<string> =>
    (await server.call("list_running_commands")).structuredContent.commands
      .map((row: { state: string }) => row.state).join();
  await until("two hosts run it", async () => {
    const id = (await server.call("list_running_commands")).structuredContent.commands[0]
      ?.command_id;
    if (id === undefined) return false;
    const reply = await server.call("get_command_status", { command_id: id });
    return /web\[1-2\] \(2\) \[running\]\non/.test(reply.body);
  });
  assert.equal(await running(), "2 running, 2 not begun");
  cancel.abort("the user gave up");
  await until("it is stopped", async () => await running() === "");
  const { commands } = (await server.call("list_command_history")).structuredContent;
  assert.deepEqual(commands.map((row: { host: string; state: string }) => [row.host, row.state]), [
    ["web[1-4]", "2 interrupted, 2 not begun"],
  ]);
  const ofHost = await server.call("list_command_history", { host: "web2" });
  assert.equal(ofHost.structuredContent.commands[0].command_id, `${commands[0].command_id}/web2`);
});

Deno.test("execute_on_hosts keeps each host's shell, however many hosts there are, and all can be closed", async () => {
  const size = 70;
  await using sshd = await startFleet(numbered("web", size));
  await using server = await startServer({ env: sshd.environment() });
  const first = await onHosts(server, "web*", "me=$$; echo ok");
  assert.match(first.firstLine, /^\[70 of 70 exit 0\]/, first.text);
  const second = await onHosts(server, "web*", 'test "$me" = $$');
  assert.match(second.firstLine, /^\[70 of 70 exit 0\]/, second.text);
  const { sessions } = (await server.call("list_sessions")).structuredContent;
  assert.deepEqual(sessions.map(({ count }: { count?: number }) => count), [size]);
  const closed = await server.call("close_all_sessions");
  assert.match(closed.text, /\b70\b/);
});

Deno.test("execute_on_hosts bounds its reply; the rest is read by offset and by host", async () => {
  await using sshd = await startFleet(numbered("web", 12));
  await using server = await startServer({ env: sshd.environment() });
  const print =
    "seq -f \"$(echo $SSH_CONNECTION | cut -d' ' -f3 | tr 0-9 a-j) %g\" 300; echo == web1 '(1) [exit 0]'";
  const reply = await onHosts(server, "web*", print, { max_output_chars: 2_000 });
  assert.ok(reply.text.length <= 2_000, String(reply.text.length));
  const { command_id, groups } = recordOf(reply);
  assert.ok(groups.length > 1 && groups.length < 12, reply.text);
  assert.match(
    reply.body,
    new RegExp(`\\[${12 - groups.length} more groups with ${12 - groups.length} hosts: `),
  );
  assert.match(reply.body, new RegExp(`^== ${command_id} web01 \\(1\\) \\[exit 0\\]`, "m"));
  const rest = await server.call("get_command_status", { command_id, offset: groups.length });
  assert.equal(recordOf(rest).groups.length, 12 - groups.length);
  const one = await server.call("get_command_status", { command_id: `${command_id}/web12` });
  assert.equal(one.body.split("\n").length, 302);
  const head = await server.call("get_command_status", { command_id, max_output_chars: 0 });
  assert.match(head.firstLine, /^\[12 of 12 exit 0\]/);
  await server.run("true", { host: "web03" });
  await server.run("cd /tmp", { host: "web05", session: "fleet" });
  const open = await server.call("list_sessions");
  const { sessions } = open.structuredContent;
  assert.deepEqual(
    sessions.map((
      row: { host: string; session: string; count?: number },
    ) => [row.host, row.session, row.count]),
    [["web[01-04,06-12]", "fleet", 11], ["web05", "fleet", undefined], [
      "web03",
      "main",
      undefined,
    ]],
  );
  assert.match(open.text, /^web\[01-04,06-12\] \(11\) +fleet /m);
  assert.ok(head.text.length < 300, head.text);
});

Deno.test("execute_on_hosts answers sudo on each host, and shows no secret of any", async () => {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using sshd = await startFleet(numbered("web", 3), { accounts: [account] });
  const env = sshd.environment({
    OVRD_web2_HOST: addressOf(1),
    OVRD_web3_SUDO_PASS: PASSWORD,
  });
  await using server = await startServer({ env });
  const wrong = await onHosts(server, "web[1-2]", "id -un", { sudo_password: "not it" });
  assert.match(wrong.firstLine, /^\[0 of 2 exit 0, 2 lost\]/, wrong.text);
  assert.match(wrong.body, /^== web\[1-2\] \(2\) \[lost\]\n.*sudo/s);
  const command = `id -un; echo ${PASSWORD}`;
  const reply = await onHosts(server, "web*", command, { sudo_password: PASSWORD });
  assert.equal(reply.body, "== web[1-3] (3) [exit 0]\nroot\n[redacted]", reply.text);
  const places = await onHosts(server, "web*", `set -- $SSH_CONNECTION; echo at $3 ${PASSWORD}`);
  assert.equal(
    places.body,
    "== web[1,3] (2) [exit 0]\nat %a [redacted]\n== web2 (1) [exit 0]\nat web2 [redacted]",
    places.text,
  );
});

Deno.test("execute_on_hosts runs on shells and network devices in one call", async () => {
  await using device = await startDeviceServer(IOS, { outputs: ["Linux"] });
  await using sshd = await startFleet([{ alias: "web1" }, {
    alias: "switch1",
    lines: [
      `User ${device.user}`,
      `Port ${device.port}`,
      "HostKeyAlias device",
      "HostName 127.0.0.1",
    ],
  }]);
  const known = device.knownHostsLine.replace(/^\S+/, "device");
  await Deno.writeTextFile(sshd.knownHostsPath, `${known}\n`, { append: true });
  const env = sshd.environment({ OVRD_switch1_PASS: device.password });
  await using server = await startServer({ env });
  const reply = await onHosts(server, "switch1,web1", "show output 0");
  assert.match(reply.firstLine, /^\[1 of 2 done, 1 nonzero\]/, reply.text);
  const version = await onHosts(server, "switch1,web1", "show output 0 || true");
  assert.match(version.firstLine, /^\[1 of 2 exit 0, 1 (?:done|nonzero)\]/, version.text);
  assert.match(reply.body, /^== switch1 \(1\) \[done\]\nLinux$/m);
  assert.match(reply.body, /^== web1 \(1\) \[exit 127\]\n/m);
});
