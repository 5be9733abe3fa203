import assert from "node:assert/strict";
import {
  type Interpreter,
  readInterpreter,
} from "../../../src/shell/powershell/interpreter_probe.ts";

const ANSWERS: readonly (readonly [said: string, kind: Interpreter["kind"], what?: string])[] = [
  ["$0 Windows_NT $PSEdition $IsWindows\r\n", "cmd"],
  ["Welcome\r\n$0 Windows_NT $PSEdition\r\n", "cmd"],
  ["bash %OS%\n", "posix"],
  ["/usr/bin/bash %OS% \n", "posix"],
  ["-zsh %OS%\n", "posix"],
  ["%OS%\r\nDesktop\r\n", "powershell", "Desktop true"],
  ["\r\n%OS%\r\nCore\r\nTrue\r\n", "powershell", "Core true"],
  ["profile says hello\n\n%OS%\nCore\nFalse\n", "powershell", "Core false"],
  ["%OS%\r\nCore\r\n", "unknown"],
  ["%OS%\r\n", "unknown"],
  ["This service allows sftp connections only.\n", "unknown"],
  ["", "unknown"],
];

Deno.test("readInterpreter() tells cmd, PowerShell and POSIX shells from each other", () => {
  for (const [said, kind, what] of ANSWERS) {
    const found = readInterpreter(said);
    assert.equal(found.kind, kind, JSON.stringify(said));
    if (found.kind === "powershell") assert.equal(`${found.edition} ${found.isWindows}`, what);
  }
});

Deno.test("readInterpreter() shows at most 1,000 characters of what it does not know", () => {
  const found = readInterpreter("x".repeat(5_000));
  assert.equal(found.kind === "unknown" && found.said.length, 1_000);
});
