/** One command in a PowerShell session, and what a reply on it must hold. */
export interface PowerShellCase {
  readonly what: string;
  /** For all hosts, or for a Unix host and a Windows host. */
  readonly command: string | { readonly unix: string; readonly win: string };
  /** The whole output. */
  readonly out?: string;
  readonly matches?: RegExp;
  readonly status: number;
  readonly cwd?: RegExp;
  /** Answers the question that the command asks. */
  readonly answer?: string;
  /** Typed while the command runs, which does not read it. */
  readonly typed?: string;
  readonly signal?: "INT" | "TERM";
  readonly only?: "unix" | "win";
  /** Windows PowerShell 5.1 has no such thing. */
  readonly isNew?: boolean;
  /** The case, by its title, whose traces it is about: run before it in a session of its own. */
  readonly after?: string;
}

const HUNDRED_K = "x".repeat(100_000);

/** In this order, in one session. */
export const POWERSHELL_CASES: readonly PowerShellCase[] = [
  { what: "plain output", command: "'hi'", out: "hi\n", status: 0 },
  {
    what: "no line end",
    command: "Write-Host -NoNewline 'a'; Write-Host -NoNewline 'b'",
    out: "ab",
    status: 0,
  },
  {
    what: "an error that ends only its statement",
    command: "1/0; 'after'",
    matches: /ivide by zero[\s\S]*\nafter\n$/,
    status: 0,
  },
  { what: "$? False without a program", command: "1/0", matches: /ivide by zero/, status: 1 },
  { what: "cmdlet error", command: "Get-Item nope-x", matches: /nope-x/, status: 1 },
  {
    what: "throw",
    command: "'a'; throw 'boom'; 'never'",
    matches: /^a\n(?![\s\S]*never\n)[\s\S]*boom/,
    status: 1,
  },
  { what: "syntax error", command: "if (", matches: /Missing condition/, status: 1 },
  { what: "unclosed quote", command: '"unclosed', matches: /terminator/, status: 1 },
  { what: "comment only", command: "# nothing", out: "", status: 0 },
  { what: "variable set", command: "$x = 41", out: "", status: 0 },
  { what: "variable kept", after: "variable set", command: "$x + 1", out: "42\n", status: 0 },
  {
    what: "location",
    command: "Set-Location ([IO.Path]::GetPathRoot($HOME))",
    out: "",
    status: 0,
    cwd: /^(?:\/|[A-Z]:\\)$/,
  },
  {
    what: "exit status of a program",
    command: { unix: "sh -c 'exit 3'", win: "cmd /c exit 3" },
    out: "",
    status: 3,
  },
  {
    what: "$LASTEXITCODE of the command before",
    after: "exit status of a program",
    command: "$LASTEXITCODE",
    out: "3\n",
    status: 0,
  },
  { what: "a failure", command: "Get-Item nope-x -ErrorAction Ignore", out: "", status: 1 },
  {
    what: "$? of the command before",
    after: "a failure",
    command: "$?",
    out: "False\n",
    status: 0,
  },
  {
    what: "a stale $LASTEXITCODE is not the status of a cmdlet",
    after: "exit status of a program",
    command: "Get-Item nope-x -ErrorAction SilentlyContinue",
    out: "",
    status: 1,
  },
  {
    what: "a program fails, then success",
    command: { unix: "sh -c 'exit 3'; 'x'", win: "cmd /c exit 3; 'x'" },
    out: "x\n",
    status: 0,
  },
  {
    what: "standard error in its place",
    command: {
      unix: "sh -c 'echo 1; echo 2 >&2; echo 3'",
      win: "cmd /c 'echo 1& echo 2 >&2& echo 3'",
    },
    matches: /^1 ?\n2 ?\n3\n$/,
    status: 0,
  },
  {
    what: "a program's output without line end",
    command: { unix: "sh -c 'printf abc'", win: "[Console]::Out.Write('abc')" },
    out: "abc",
    status: 0,
  },
  { what: "UTF-8", command: "'grün € 😀'", out: "grün € 😀\n", status: 0 },
  { what: "long output", command: "1..2000", matches: /^1\n2\n[\s\S]*\n2000\n$/, status: 0 },
  {
    what: "an end marker of another nonce",
    command: "\"$([char]27)]7717;0123456789abcdef;D;9;$([char]7)x\"; Start-Sleep -M 100; 'y'",
    matches: /y\n$/,
    status: 0,
  },
  {
    what: "text like a prompt, then silence",
    command: "Write-Host -NoNewline 'PS C:\\> '; Start-Sleep -Milliseconds 700; 'done'",
    out: "PS C:\\> done\n",
    status: 0,
  },
  {
    what: "ErrorActionPreference Stop",
    command: "$ErrorActionPreference = 'Stop'; Get-Item nope-x; 'never'",
    matches: /^(?![\s\S]*\nnever\n)[\s\S]*nope-x/,
    status: 1,
  },
  {
    what: "ErrorActionPreference Continue",
    after: "ErrorActionPreference Stop",
    command: "$ErrorActionPreference = 'Continue'; 'still here'",
    out: "still here\n",
    status: 0,
  },
  {
    what: "Read-Host is answered",
    command: "$a = Read-Host 'Name'; \"hi $a\"",
    answer: "Bob",
    matches: /^Name:? [\s\S]*hi Bob\n$/,
    status: 0,
  },
  {
    what: "a confirmation is answered",
    command: {
      unix: "Set-Content ~/mcp_c 1; Remove-Item ~/mcp_c -Confirm; Test-Path ~/mcp_c",
      win: "Set-Content $env:TEMP\\mcp_c 1; Remove-Item $env:TEMP\\mcp_c -Confirm; " +
        "Test-Path $env:TEMP\\mcp_c",
    },
    answer: "y",
    matches: /False\n$/,
    status: 0,
  },
  {
    what: "unread input does not become a command",
    command: "'up'; Start-Sleep -Milliseconds 600; 'x'",
    typed: "'leftover'",
    out: "up\nx\n",
    status: 0,
  },
  {
    what: "nor the beginning of one",
    after: "unread input does not become a command",
    command: "'y'",
    out: "y\n",
    status: 0,
  },
  {
    what: "a table at a width of 200",
    command: "[pscustomobject]@{A=('a'*90);B='b'*60} | Format-Table",
    matches: /a{90} b{60} *\n/,
    status: 0,
  },
  { what: "a 100 KB command", command: `'${HUNDRED_K}'.Length`, out: "100000\n", status: 0 },
  {
    what: "history",
    after: "a 100 KB command",
    command: "(Get-History -Count 1).CommandLine.Length",
    out: "100009\n",
    status: 0,
  },
  {
    what: "a cmdlet is stopped",
    command: "'up'; Start-Sleep 60; 'never'",
    signal: "INT",
    out: "up\n",
    status: 1,
  },
  {
    what: "a program in a pipeline is stopped",
    command: {
      unix: "'up'; sleep 60 | Out-Null; 'never'",
      win: "'up'; ping.exe -t 127.0.0.1 | Out-Null; 'never'",
    },
    signal: "INT",
    out: "up\n",
    status: 1,
  },
  {
    what: "a program that has our handles is stopped",
    command: { unix: "'up'; sleep 60", win: "'up'; ping.exe -n 60 127.0.0.1" },
    signal: "TERM",
    matches: /^up\n/,
    status: 1,
  },
];
