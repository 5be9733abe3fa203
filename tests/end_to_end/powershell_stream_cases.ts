import type { PowerShellCase } from "./powershell_cases.ts";

/** Standard input and output, programs and the host's own questions, in one session. */
export const STREAM_CASES: readonly PowerShellCase[] = [
  {
    what: "[Console]::Out",
    command: "[Console]::Out.Write('x'); [Console]::Out.Write('y')",
    out: "xy",
    status: 0,
  },
  {
    what: "[Console]::Error",
    command: "[Console]::Error.WriteLine('err')",
    out: "err\n",
    status: 0,
  },
  {
    what: "another writer for the console",
    command: "[Console]::SetOut([IO.TextWriter]::Null); 'x'",
    out: "x\n",
    status: 0,
  },
  {
    what: "a writer again",
    after: "another writer for the console",
    command:
      "$w = New-Object IO.StreamWriter ([Console]::OpenStandardOutput()); $w.AutoFlush = $true; [Console]::SetOut($w); 'y'",
    out: "y\n",
    status: 0,
  },
  {
    what: "[Console]::ReadLine",
    command: "'ask'; $l = [Console]::ReadLine(); \"got $l\"",
    typed: "x1",
    out: "ask\ngot x1\n",
    status: 0,
  },
  {
    what: "[Console]::In",
    command: "'ask'; $l = [Console]::In.ReadLine(); \"got $l\"",
    typed: "x2",
    out: "ask\ngot x2\n",
    status: 0,
  },
  {
    what: "[Console]::OpenStandardInput",
    command:
      "'ask'; $b = New-Object byte[] 4; $k = [Console]::OpenStandardInput().Read($b, 0, 4); \"$k $($b[0])\"",
    typed: "ab",
    matches: /^ask\n[34] 97\n$/,
    status: 0,
  },
  {
    what: "bytes that are no text",
    command: "printf 'a\\377b\\033[31mred\\033[0m'",
    out: "a\uFFFDbred",
    status: 0,
    only: "unix",
  },
  {
    what: "each status of a program",
    command: 'foreach ($c in 1, 2, 126, 127, 128, 130, 254) { sh -c "exit $c"; $LASTEXITCODE }',
    out: "1\n2\n126\n127\n128\n130\n254\n",
    status: 0,
    only: "unix",
  },
  {
    what: "TERM ends a program",
    command: "sh -c 'kill -TERM $$'",
    out: "",
    status: 143,
    only: "unix",
  },
  {
    what: "Select-Object -First ends a cmdlet",
    command: "1..1000000 | Select-Object -First 2",
    out: "1\n2\n",
    status: 0,
  },
  {
    what: "Select-Object -First ends a program",
    command: "yes | Select-Object -First 2",
    out: "y\ny\n",
    status: 0,
    only: "unix",
  },
  {
    what: "a line of a million characters",
    command: "'x' * 1000000 | ForEach-Object Length",
    out: "1000000\n",
    status: 0,
  },
  {
    what: "colours asked for",
    isNew: true,
    command:
      "$PSStyle.OutputRendering = 'Ansi'; Write-Host -ForegroundColor Red 'red'; $PSStyle.OutputRendering = 'PlainText'",
    out: "red\n",
    status: 0,
  },
  {
    what: "progress asked for",
    command:
      "$ProgressPreference = 'Continue'; Write-Progress P -PercentComplete 30; 'done'; $ProgressPreference = 'SilentlyContinue'",
    matches: /done\n$/,
    status: 0,
  },
  {
    what: "warnings in the pipeline",
    command: "(Write-Warning w 3>&1).GetType().Name",
    out: "WarningRecord\n",
    status: 0,
  },
  {
    what: "all streams in the pipeline",
    command:
      "& { 'o'; Write-Error e; Write-Warning w; Write-Verbose v -Verbose } *>&1 | ForEach-Object { $_.GetType().Name }",
    out: "String\nErrorRecord\nWarningRecord\nVerboseRecord\n",
    status: 0,
  },
  { what: "errors thrown away", command: "Get-Item nope-z 2>$null; 'x'", out: "x\n", status: 0 },
  {
    what: "Start-Process -Wait",
    command:
      "Start-Process sh -ArgumentList '-c', '\"echo sp; exit 3\"' -Wait -NoNewWindow; 'after'",
    out: "sp\nafter\n",
    status: 0,
    only: "unix",
  },
  {
    what: "a background job by &",
    command: "$j = sleep 0 &; 'bg'",
    out: "bg\n",
    status: 0,
    only: "unix",
  },
  {
    what: "arguments for a program as they are",
    command: "printf --% [%s] a",
    out: "[a]",
    status: 0,
    only: "unix",
  },
  {
    what: "escapes of a terminal",
    command: '"$([char]27)[2J$([char]27)]0;title$([char]7)text"',
    out: "text\n",
    status: 0,
  },
  {
    what: "half a character",
    command: "[string][char]0xD83D",
    matches: /^[\uFFFD?]+\n$/,
    status: 0,
  },
  {
    what: "a name with letters of a language",
    command: '$größe = 5; "größe $größe"',
    out: "größe 5\n",
    status: 0,
  },
  { what: "only a line end", command: "\n", out: "", status: 0 },
  {
    what: "a nested prompt",
    command: "try { $Host.EnterNestedPrompt() } catch { \"$_\" }; 'b'",
    matches: /no nested prompt[\s\S]*\nb\n$/,
    status: 0,
  },
  {
    what: "a secret of the host's own prompt",
    command: "'ask'; $s = $Host.UI.ReadLineAsSecureString(); \"$($s.GetType().Name) $($s.Length)\"",
    typed: "hunter2",
    out: "ask\nSecureString 7\n",
    status: 0,
  },
  {
    what: "a list of mandatory values",
    command: 'function ma { param([Parameter(Mandatory)]$One) "<$One>" }; ma',
    answer: "v",
    matches: /<v>\n$/,
    status: 0,
  },
  {
    what: "a choice",
    command: "$Host.UI.PromptForChoice('T', 'M', @('&Yes', '&No'), 1)",
    answer: "y",
    matches: /\n?0\n$/,
    status: 0,
  },
];
