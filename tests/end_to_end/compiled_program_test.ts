import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { mustRun } from "../support/command.ts";
import { startServer } from "../support/mcp_client.ts";
import { ENGINE_FLAG, PRODUCTION_FLAGS } from "../support/program.ts";
import { REPOSITORY } from "../support/source_file.ts";
import { startSshd } from "../support/sshd.ts";

/** An executable that is no Deno: with it the whole graph is embedded, and nothing of it can run. */
const STAND_IN = "/bin/true";

type Permissions = Readonly<Record<string, readonly string[] | boolean | null>>;

Deno.test("deno task compile embeds exactly the production permissions", async () => {
  await using built = await compile();
  const [plain, agent] = built.permissions;
  const granted = (permissions: Permissions): string[] =>
    Object.keys(permissions).filter((name) => name.startsWith("allow_") && permissions[name]);
  // Imports are listed by default and denied altogether, as under `deno run --deny-import`.
  const standard = ["allow_env", "allow_import", "allow_net", "allow_read"];
  assert.deepEqual(granted(plain!).sort(), standard);
  assert.deepEqual(plain!.deny_import, []);
  assert.deepEqual(granted(agent!).sort(), [...standard, "allow_write"]);
  assert.ok(!plain!.prompt);
});

Deno.test("deno task compile starts the engine as deno task start does", async () => {
  await using built = await compile();
  const flags = ENGINE_FLAG.replace("--v8-flags=", "").split(",");
  for (const path of built.programs) {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
    const [, given] = /"v8_flags":(\[[^\]]*\])/.exec(text) ?? [];
    const isGiven = (flag: string): boolean => JSON.parse(given ?? "[]").includes(flag);
    assert.ok(flags.every(isGiven), given);
  }
});

Deno.test("deno task compile embeds every file of the bundle", async () => {
  await using built = await compile();
  const program = new TextDecoder("latin1").decode(Deno.readFileSync(built.programs[0]!));
  for (const { name } of Deno.readDirSync(dirname(built.bundle))) {
    const text = Deno.readFileSync(join(dirname(built.bundle), name));
    assert.ok(program.includes(new TextDecoder("latin1").decode(text)), name);
  }
});

Deno.test("the bundle inside the compiled program does the main job by itself", async () => {
  await using built = await compile();
  await using sshd = await startSshd();
  await using server = await startServer({
    env: sshd.environment({
      MCP_SSH_CONSOLE: "127.0.0.1:0",
      MCP_SSH_CONSOLE_KEY: "a key of this test",
      MCP_SSH_LOG: "info",
    }),
    program: [Deno.execPath(), "run", ...PRODUCTION_FLAGS, "--no-config", "--no-npm", built.bundle],
  });
  const reply = await server.run("echo from the bundle; (exit 3)");
  assert.equal(reply.body.trim(), "from the bundle", reply.text + server.stderr());
  assert.equal(reply.meta?.exit_status, 3);
  // The screen's terminal is loaded when it is first asked for.
  const screen = await server.call("read_screen", { host: sshd.alias });
  assert.ok(!screen.isError, screen.text);
  // The console's page is part of the bundle.
  const origin = /"address":"(http:[^"]+)\/"/.exec(server.stderr())?.[1];
  const page = await fetch(`${origin}/console.js`);
  assert.match(await page.text(), /xterm/);
});

interface Built extends AsyncDisposable {
  readonly bundle: string;
  readonly programs: readonly string[];
  /** Of the default form, then of the form for an agent. */
  readonly permissions: readonly Permissions[];
}

async function compile(): Promise<Built> {
  const directory = await Deno.makeTempDir({ prefix: "mss_compiled_" });
  await mustRun([Deno.execPath(), "task", "-q", "compile", `--to=${directory}`], {
    cwd: REPOSITORY,
    env: { DENORT_BIN: STAND_IN },
  });
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  const programs = names.filter((name) => name !== "bundle");
  const agentLast = programs.sort((a, b) =>
    Number(a.includes("agent")) - Number(b.includes("agent"))
  );
  return {
    bundle: `${directory}/bundle/main.js`,
    programs: agentLast.map((name) => `${directory}/${name}`),
    permissions: agentLast.map((name) => embeddedPermissions(`${directory}/${name}`)),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** deno compile appends its metadata, JSON with the permissions among it, to the executable. */
function embeddedPermissions(path: string): Permissions {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  const found = /"permissions":(\{[^}]*\})/.exec(text)?.[1];
  if (!found) throw new Error(`${path} holds no permissions`);
  return JSON.parse(found);
}
