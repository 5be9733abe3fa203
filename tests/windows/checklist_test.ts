import assert from "node:assert/strict";
import { command } from "../support/command.ts";
import { parse } from "../support/packages/yaml.ts";
import { powerShellTest, PWSH } from "../support/powershell.ts";
import { runtimeEnvironment } from "../support/program.ts";
import { REPOSITORY } from "../support/source_file.ts";
import { DEFAULT_ALIAS, startSshd } from "../support/sshd.ts";
import { sayResult } from "./checklist.ts";

const WORKFLOW = ".github/workflows/ci.yml";

powerShellTest("deno task windows HOST reports PowerShell's facts and each case", async () => {
  await using sshd = await startSshd({ account: { shell: PWSH! } });
  const env = {
    ...await runtimeEnvironment(),
    ...sshd.environment({ [`OVRD_${DEFAULT_ALIAS}_DEVICE`]: "powershell" }),
    PATH: Deno.env.get("PATH")!,
  };
  const { code, stdout, stderr } = await command(
    [Deno.execPath(), "task", "-q", "windows", DEFAULT_ALIAS, "variable "],
    { cwd: REPOSITORY, env },
  );
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^connected .* to SSH-2\.0-OpenSSH/m);
  assert.match(stdout, /^PowerShell: 7\.\d+\.\d+ Core$/m);
  assert.match(stdout, /^console encoding: utf-8$/m);
  assert.match(stdout, /^ {2}ok {6}variable kept$/m);
  assert.match(stdout, /\n2 of 2 cases ok\n$/);
  assert.doesNotMatch(stdout, /FAILED/);
});

Deno.test("sayResult() shows the command of a case that failed, and expected and got", () => {
  const lines: string[] = [];
  const one = { what: "UTF-8", command: "'ü'", status: 0 };
  sayResult(one, { mistakes: ['UTF-8: output: expected "ü", got "?"'], say: (l) => lines.push(l) });
  assert.equal(lines[0], "  FAILED  UTF-8");
  assert.match(lines[1]!, /command: "'ü'"/);
  assert.match(lines[2]!, /expected "ü", got "\?"/);
});

Deno.test("ci.yml runs the task on Windows, behind each DefaultShell", () => {
  const { jobs } = parse(Deno.readTextFileSync(`${REPOSITORY}${WORKFLOW}`));
  const job = jobs["windows-host"];
  assert.equal(job["runs-on"], "windows-latest");
  assert.deepEqual(job.strategy.matrix.shell.length, 3);
  const runs = (job.steps as { readonly run?: string }[]).flatMap(({ run }) => run ?? []);
  assert.ok(runs.some((run) => run.endsWith(" task windows windows-host")), runs.join("\n"));
  const [script] = runs.flatMap((run) => /\.github\/scripts\/\S+\.ps1/.exec(run) ?? []);
  const text = Deno.readTextFileSync(`${REPOSITORY}${script}`);
  assert.match(text, /OpenSSH\.Server/);
  assert.match(text, /^Host windows-host$/m);
  assert.match(text, /ListenAddress 127\.0\.0\.1/);
});

powerShellTest("PowerShell parses the script that sets up OpenSSH for ci.yml", async () => {
  const path = `${REPOSITORY}.github/scripts/windows_sshd.ps1`;
  const line = "$e = $null; [void][Management.Automation.Language.Parser]::ParseFile(" +
    `'${path}', [ref]$null, [ref]$e); $e.Count; $e`;
  const { stdout } = await command([PWSH!, "-NoProfile", "-Command", line], {
    env: { HOME: "/tmp", TERM: "dumb", NO_COLOR: "1" },
  });
  assert.match(stdout, /^0\s*$/);
});

Deno.test("the report on a Windows host asks for what the task prints", () => {
  const { body } = parse(Deno.readTextFileSync(`${REPOSITORY}.github/ISSUE_TEMPLATE/windows.yml`));
  const fields = body as { readonly id?: string; readonly attributes: { description?: string } }[];
  const checklist = fields.find(({ id }) => id === "checklist");
  assert.match(checklist?.attributes.description ?? "", /deno@\S+ task windows HOST/);
  assert.ok(fields.some(({ id }) => id === "secrets"));
});
