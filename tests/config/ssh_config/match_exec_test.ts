import assert from "node:assert/strict";
import { judgeExec } from "../../../src/config/ssh_config/match_exec.ts";
import { resolveHost } from "../../../src/config/resolver.ts";
import { systemSources } from "../../../src/config/sources.ts";
import { mustRun } from "../../support/command.ts";
import { userConfig } from "../memory_sources.ts";

/** Commands whose outcome is known without running them; DIR has a file, an empty one and a link. */
const DECIDED: readonly string[] = [
  "true",
  "false",
  ":",
  "/bin/true",
  "! true",
  "test -f DIR/file",
  "test -f DIR/missing",
  "test -f DIR",
  "test -d DIR",
  "test -d DIR/file",
  "test -e DIR/link",
  "test -e DIR/dangling",
  "test -s DIR/file",
  "test -s DIR/empty",
  "test ! -e DIR/missing",
  "[ -f DIR/file ]",
  "[ ! -f DIR/file ]",
  '[ -d "DIR" ] 2>/dev/null',
  "[ -e 'DIR/a b' ]",
  '[ -e "DIR/a b" ] >/dev/null 2>&1',
  '[ -f "$DIRECTORY/file" ]',
  "[ -f ${DIRECTORY}/file ]",
  "test -f ~/file",
  "test -d ~",
  'test -n "$DIRECTORY"',
  'test -z "$DIRECTORY"',
  'test -n "$NOT_SET_HERE"',
  '[ -z "${NOT_SET_HERE}" ]',
  '[ "$DIRECTORY" = DIR ]',
  '[ "$DIRECTORY" != "DIR" ]',
  '[ "$NOT_SET_HERE" == "" ]',
  "test",
  "test x",
  "[ ]",
  'test -f ""',
];

/** Commands that only a shell and its programs can decide, or that depend on where they run. */
const LEFT: readonly string[] = [
  "onvpn -q",
  "test -f relative",
  "test -f /etc/hosts && true",
  "true; false",
  "true || false",
  "true | grep x",
  "test -f $(which x)",
  "test -f `which x`",
  "test -f /tmp/*",
  "test -f /tmp/a?",
  "test -f /tmp/{a,b}",
  "test -n $NOT_SET_HERE",
  "test -f $BLANKS",
  "test -x /bin/sh",
  "test a -a b",
  "[ -f /etc/hosts",
  "[[ -f /etc/hosts ]]",
  "test -f ~nobody-here/x",
  "test -z 'open",
  "nc localhost 22",
  "nc -z localhost 20-30",
  "nc -z -x proxy localhost 22",
  "nc -zu localhost 22",
  "pgrep x",
  "! ! true",
  'test -n "$OVRD_web_PASS"',
];

Deno.test("judgeExec() agrees with sh, and leaves what takes a program", async () => {
  const directory = await Deno.makeTempDir();
  for (const name of ["file", "a b"]) await Deno.writeTextFile(`${directory}/${name}`, "x");
  await Deno.writeTextFile(`${directory}/empty`, "");
  await Deno.symlink("file", `${directory}/link`);
  await Deno.symlink("nothing", `${directory}/dangling`);
  const env = { DIRECTORY: directory, BLANKS: "a b", HOME: directory, OVRD_web_PASS: "secret" };
  const sources = systemSources(env);
  const options = { ...sources, probes: sources.probes!, homes: new Map<string, string>() };
  const commands = DECIDED.map((text) => text.replaceAll("DIR/", `${directory}/`))
    .map((text) => text.replaceAll(/DIR(?![A-Z])/g, directory));
  const script = commands.map((text) =>
    `( ${text.replace(/==/, "=")}\n) >/dev/null 2>&1; echo $?\n`
  ).join("");
  const statuses = (await mustRun(["sh", "-c", script], { env })).trim().split("\n");
  const ours = await Promise.all(commands.map((text) => judgeExec(text, options)));
  assert.deepEqual(
    commands.map((text, at) => [text, ours[at]]),
    commands.map((text, at) => [text, statuses[at] === "0"]),
  );
  for (const text of LEFT) assert.equal(await judgeExec(text, options), undefined, text);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("judgeExec() tries a connection in place of nc -z", async () => {
  const tried: unknown[] = [];
  const probes = {
    pathFacts: () => Promise.resolve(undefined),
    isUnset: () => true,
    connects: (...args: readonly unknown[]) => {
      tried.push(args);
      return Promise.resolve(args[1] === 22);
    },
  };
  const options = { probes, environment: {}, home: "/", homes: new Map<string, string>() };
  assert.ok(await judgeExec("nc -z -w 1 gw 22 2>/dev/null", options));
  assert.ok(await judgeExec("! nc -zw2 gw 23 &>/dev/null", options));
  assert.deepEqual([await judgeExec("nc -z ::1 23", options)], [false]);
  assert.deepEqual(tried, [["gw", 22, 1_000], ["gw", 23, 2_000], ["::1", 23, 5_000]]);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const real = { ...options, probes: systemSources({}).probes! };
  const { port } = listener.addr;
  assert.ok(await judgeExec(`nc -z 127.0.0.1 ${port}`, real));
  (await listener.accept()).close();
  listener.close();
  assert.deepEqual([await judgeExec(`nc -z 127.0.0.1 ${port}`, real)], [false]);
});

Deno.test("resolveHost() decides Match exec with its tokens, behind the other criteria", async () => {
  const seen: string[] = [];
  const probes = {
    isUnset: () => true,
    connects: () => Promise.reject(new Error("unused")),
    pathFacts: (path: string) => {
      seen.push(path);
      return Promise.resolve(
        path === "/up/web" ? { kind: "file" as const, sizeBytes: 0 } : undefined,
      );
    },
  };
  const config = `Match host db exec "test -f /never"
  Port 1
Match host web exec "test -f /up/%h"
  Port 2
Match !exec "test -f /up/%n"
  User a
Match !exec 'test -f /down'
  User b
Host db
  Match exec "program"
`;
  const { port, user, refusal } = await resolveHost(
    { host: "web" },
    userConfig(config, { probes }),
  );
  assert.deepEqual([port, user, refusal], [2, "b", undefined]);
  assert.deepEqual(seen, ["/up/web", "/up/web", "/down"]);
});

Deno.test("resolveHost() takes what newer ssh takes: empty lists, quotes of Match, tokens in User", async () => {
  const environment = { USER: "deploy", NAME: "joe" };
  const cases: readonly (readonly [config: string, user: string])[] = [
    ['Match tagged ""\nUser a', "a"],
    ['Tag x\nMatch tagged ""\nUser a', "deploy"],
    ['Match command ""\nUser a', "a"],
    ["Match host 'web'\nUser a", "a"],
    ["Match host 'web' !user \"x y\"\nUser a", "a"],
    ["User %u-%n", "deploy-web"],
    ["User ${NAME}.x", "joe.x"],
    ["User %r", "%r"],
    ["User 100%%", "100%"],
  ];
  for (const [config, user] of cases) {
    const resolved = await resolveHost({ host: "web" }, userConfig(config, { environment }));
    assert.equal(resolved.user, user, config);
  }
  await assert.rejects(
    resolveHost({ host: "web" }, userConfig("User ${NOT_SET}", { environment })),
    /config:1: user: a variable/,
  );
  const typed = await resolveHost({ host: "web", username: "%u" }, userConfig("", { environment }));
  assert.equal(typed.user, "%u");
});
