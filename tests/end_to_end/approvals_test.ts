import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { accept, isRefused, ONCE, scene, SHELL, shownIn } from "../support/approval_scene.ts";

/** Commands whose look and whose effect differ. */
const DISGUISED: readonly (readonly [title: string, command: string, shown?: string])[] = [
  ["a here-document", "cat > ran <<'END'\n  kept as it is\nEND"],
  ["a here-document whose end is another's begin", "cat <<A; sh <<B\nA\ntouch ran\nB"],
  ["$IFS for blanks", "touch${IFS}ran"],
  ["quotes within a word", `t""ou'c'h\\\n ran`],
  ["a line behind a comment", "true # and no more\ntouch ran"],
  ["a carriage return that hides a line", "touch ran\r# ls", "touch ran\\u{d}# ls"],
  [
    "blanks that push it out of sight",
    `true${" ".repeat(300)}; touch ran`,
    "true\\u{20}(×300); touch ran",
  ],
  ["an escape that clears the line", "touch ran #\u001b[2K\rls", "touch ran #\\u{1b}[2K\\u{d}ls"],
  ["text that is decoded", `eval "$(printf 'touch\\x20ran')"`],
  ["an alias and its use", "alias ls='touch ran'\nls"],
  ["a line that looks like one of the form", "touch ran\n(rule: none)\n| ls"],
];

Deno.test("permittedRun() shows what is disguised as it is, and types none of it after a no", async () => {
  await using made = await scene();
  const { server, asked } = made;
  for (const [title, command, shown] of DISGUISED) {
    made.answer = () => ({ action: "decline" });
    isRefused(await server.run(command));
    assert.equal(shownIn(asked.at(-1)), shown ?? command, title);
  }
  // An earlier word for the same text does not hold for an alias that another command makes.
  made.answer = accept(ONCE);
  await server.run("true");
  made.answer = accept("Yes, and this very same action again for the minutes below");
  await server.run("echo plain");
  made.answer = () => ({ action: "decline" });
  isRefused(await server.run("alias echo='touch ran'"));
  assert.equal((await server.run("echo plain")).body, "plain\n");
  assert.equal(asked.length, DISGUISED.length + 3);
  await made.rules([{ mode: "allow" }]);
  assert.ok(!(await server.run("ls")).body.includes("ran"));
});

Deno.test("permittedRun() asks about what was queued when its turn comes, inside the shell that it would run in", async () => {
  await using made = await scene();
  const { server, asked, sshd } = made;
  const host = server.host;
  made.answer = accept(SHELL);
  const begun = await server.call("execute_command_async", {
    host,
    command: "for i in $(seq 300); do [ -e go ] && break; sleep 0.1; done; bash --norc",
  });
  assert.match(begun.firstLine, /^\[running\]/);
  made.answer = () => ({ action: "decline" });
  const queued = await server.call("execute_command_async", { host, command: "touch ran" });
  assert.match(queued.firstLine, /^\[queued\]/);
  assert.equal(asked.length, 1);
  await Deno.writeTextFile(`${sshd.account!.home}/go`, "");
  await until("it is asked about", () => asked.length === 2);
  assert.match(asked[1]!, /^- inside the shell of: for i in /m);
  const id = queued.meta!.command_id;
  const refused = await server.call("get_command_status", { command_id: id, wait: 20 });
  assert.match(refused.firstLine, /^\[refused\]/);
  assert.match(refused.text, /a person said no.*nothing was done/);
});

Deno.test("permittedRun() runs nothing in a shell that is not the one that was asked about", async () => {
  await using made = await scene();
  const { server } = made;
  const pid = Number((await server.run("echo $$; cd /tmp")).body);
  made.answer = async () => {
    Deno.kill(pid, "SIGKILL");
    await until(
      "the shell is gone",
      async () =>
        await Deno.stat(`/proc/${pid}`).then(() => false as boolean, () => true as boolean),
    );
    return accept(ONCE)("");
  };
  const reply = await server.run("touch ran");
  assert.match(reply.text, /lost/);
  made.answer = accept(ONCE);
  assert.ok(!(await server.run("ls ~ /tmp")).body.split("\n").includes("ran"));
});

Deno.test("permittedRun() asks about many hosts, durable commands, copies and reading", async () => {
  await using made = await scene();
  const { server, asked, sshd } = made;
  const host = server.host;
  const home = sshd.account!.home;
  await Deno.writeTextFile(`${home}/kept`, "content\n");
  const calls: readonly (readonly [tool: string, args: Record<string, unknown>, shown: RegExp])[] =
    [
      [
        "execute_on_hosts",
        { hosts: host, command: "touch ran" },
        /run a command on 1 hosts.*\n\| touch ran\n- hosts: testhost\n/,
      ],
      [
        "execute_command_async",
        { host, command: "touch ran", durable: true },
        /start a durable command .*\n\| touch ran\n/,
      ],
      [
        "copy_file",
        { source: `${host}:${home}/kept`, destination: `${host}:${home}/ran` },
        /kept[^]*ran/,
      ],
      ["read_file", { host, remote_path: `${home}/kept` }, /read a file .*\n\| \S+\/kept\n/],
    ];
  made.answer = () => ({ action: "decline" });
  for (const [tool, args, shown] of calls) {
    isRefused(await server.call(tool, args));
    assert.match(asked.at(-1)!, shown, tool);
  }
  assert.deepEqual(
    [...Deno.readDirSync(home)].map(({ name }) => name).filter((name) => name === "ran"),
    [],
  );
  assert.equal(asked.length, calls.length);
  made.answer = accept(ONCE);
  for (const [tool, args] of calls) {
    const reply = await server.call(tool, args);
    assert.ok(!reply.isError, `${tool}: ${reply.text}`);
  }
  // A host that is refused once its turn has come is told as refused, and not as unreachable.
  await server.run("bash --norc", { session: "fleet" });
  const late = await server.call("execute_on_hosts", { hosts: host, command: "touch ran" });
  assert.match(late.firstLine, /^\[0 of 1 exit 0, 1 refused\]/);
  assert.match(late.text, /^== testhost \(1\) \[refused\]/m);
  assert.match(late.text, /is inside another shell, which was not shown/);
});
