import assert from "node:assert/strict";
import {
  type AskableShell,
  hasForegroundJob,
  showsJob,
} from "../../../src/shell/posix/foreground_group.ts";

Deno.test("hasForegroundJob() knows a job that has the shell's terminal", () => {
  const answers = [
    "4711 4712\n",
    "Welcome.\n4711 4712\n",
    "4711 4711\n",
    "",
    "4711 -1\n",
    "4711\n",
  ];
  assert.deepEqual(answers.filter(hasForegroundJob), answers.slice(0, 2));
});

const BASH: AskableShell = { flags: "himBH", identity: { pid: "4711" } };
const SHELLS: readonly AskableShell[] = [
  BASH,
  { ...BASH, flags: "hiBH" },
  { ...BASH, identity: undefined },
  { ...BASH, identity: { pid: undefined } },
  { ...BASH, identity: { pid: "1; reboot" } },
];

Deno.test("showsJob() asks for a shell with job control that told its process id", async () => {
  const asked: number[] = [];
  const find = (pid: number): Promise<boolean> => Promise.resolve(asked.push(pid) > 0);
  const shown = await Promise.all(SHELLS.map((shell) => showsJob(shell, find)));
  assert.deepEqual(shown, [true, false, false, false, false]);
  assert.deepEqual(asked, [4711]);
});

Deno.test("showsJob() knows of no job where nobody can be asked or the question fails", async () => {
  const refuse = (): Promise<boolean> => Promise.reject(new Error("refused"));
  const shown = await Promise.all([undefined, refuse].map((find) => showsJob(BASH, find)));
  assert.deepEqual(shown, [false, false]);
});
