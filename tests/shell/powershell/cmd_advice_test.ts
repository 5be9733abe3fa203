import assert from "node:assert/strict";
import { cmdAdvice } from "../../../src/shell/powershell/cmd_advice.ts";

const PS7 = { edition: "Core" } as const;
const FOR_CMD = /commands here are PowerShell.*cmd \/c/;

/** Lines that PowerShell refuses, or takes for something it has not. */
const FAILING = [
  ["dir /b", "dir /s /b C:\\x", "dir/b", "cd /d D:\\x", "pushd /d x", "copy a b /y", "move /y a b"],
  ["del /q x", "rd /s /q x", "md /? ", "type x > nul", "ping -n 1 h >nul", "x 2>nul", "exit /b 1"],
  ["if exist x echo y", "if not exist x md x", "if defined A echo x", "if errorlevel 1 goto end"],
  ['if "a"=="b" echo x', "for %i in (1 2 3) do echo %i", "for /f %a in ('dir') do echo %a"],
  ['for /f "tokens=1,2" %%a in (x) do echo %%b', "@echo off", "echo off", "rem a comment"],
  ["setlocal", "goto end", "call x.bat", ":label", "echo %~dp0", 'start "" notepad', "start /b x"],
  ["mklink /d a b", "ver", "assoc .txt", "title x", "dir ^\n /b", "xcopy a b /e"],
].flat();

/** Lines that PowerShell takes, and does something else with. */
const MISTAKEN = [
  ["set X=1", /\$env:NAME = /],
  ["set /p X=name?", /\$env:NAME = /],
  ['set "PATH=C:\\x"', /\$env:NAME = /],
  ["echo %PATH%", /\$env:NAME for %NAME%/],
  ["echo %ProgramFiles(x86)%", /\$env:NAME for %NAME%/],
  ["sc query spooler", /sc\.exe/],
] as const;

const POWERSHELL = [
  ["Get-ChildItem -Recurse", "dir", "dir C:\\x", "cd C:\\x", "copy a b", "'%PATH%'", "1 % 2"],
  ["Set-Location D:\\x", "$x = 5 % 2 % 3", "if (Test-Path x) { 1 }", "foreach ($i in 1..3) { $i }"],
  [
    "1..3 | % { $_ }",
    "1..3 | % {$_} | % {$_ + 1}",
    "set x 1",
    "cmd /c 'echo %PATH%'",
    "set-item x",
  ],
  [
    "cmd.exe /c dir /b",
    "sc x.txt 5",
    "Get-Date -Format '%H%M%'",
    "ping /?",
    "@{ a = 1 }",
    "start x",
  ],
  ["echo a > null.txt", "@'\ntext\n'@", "type x", "for ($i = 0; $i -lt 3; $i++) { $i }", "pushd x"],
].flat();

Deno.test("cmdAdvice() knows a failed line that was written for cmd", () => {
  for (const line of FAILING) {
    assert.match(cmdAdvice(line, { ...PS7, isFailed: true }) ?? "none", FOR_CMD, line);
  }
});

Deno.test("cmdAdvice() knows what PowerShell takes for something else, and says what to write", () => {
  for (const [line, instead] of MISTAKEN) {
    for (const isFailed of [true, false]) {
      const advice = cmdAdvice(line, { ...PS7, isFailed }) ?? "none";
      assert.match(advice, FOR_CMD, line);
      assert.match(advice, instead, line);
    }
  }
});

Deno.test("cmdAdvice() says nothing to PowerShell's own lines, failed or not", () => {
  for (const line of POWERSHELL) {
    for (const isFailed of [true, false]) {
      for (const edition of ["Desktop", "Core"]) {
        assert.equal(cmdAdvice(line, { edition, isFailed }), undefined, line);
      }
    }
  }
});

Deno.test("cmdAdvice() knows the operators that Windows PowerShell 5.1 has not", () => {
  const lines = ["a && b", "a || b", "cd x && dir", "echo a & echo b"];
  for (const line of lines) {
    const failed = { isFailed: true };
    assert.match(cmdAdvice(line, { ...failed, edition: "Desktop" }) ?? "none", /if \(\$\?\)/, line);
    assert.equal(cmdAdvice(line, { ...failed, edition: "Core" }), undefined, line);
  }
  assert.equal(cmdAdvice('echo "a && b"', { isFailed: true, edition: "Desktop" }), undefined);
});
