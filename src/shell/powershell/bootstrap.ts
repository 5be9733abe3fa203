import { HOST_PROMPTS } from "./host_prompts.ts";

/**
 * The loop that runs a session's commands on the host, for Windows PowerShell 5.1 and PowerShell 7.
 *
 * It is sent to the standard input of `powershell -Command -` as one block that a blank line ends.
 * Markers on standard output: `ESC ] 7717 ; nonce ; letter ; fields BEL`.
 *
 * - `L;mode`: the language mode is not FullLanguage, so nothing can be driven exactly
 * - `R;version;edition;pid;user`: ready
 * - `C`: the command begins; from here on comes its output
 * - `S`: a stop was heard; `B`: only a line on standard input may still end the command
 * - `N`: PowerShell reads for a nested prompt, which any line ends: there is none here
 * - `W;path`, `F;path`: location, and the directory in the file system, after it
 * - `D;status;flags`: its end; flags: `s` stopped by us, `x` the process ends, `p` it did not parse
 *
 * Requests on standard input: LF nonce SP length [SP h] LF, then that many bytes of UTF-8; `h`: the
 * history does not get it. While a command runs nothing here reads standard input: it is the
 * command's. To stop a command, open the named pipe mcp-<nonce> (Windows) or send SIGWINCH (Unix).
 *
 * ASCII without tabs, backticks and blank lines.
 */
const BOOTSTRAP = String.raw`
& {
param($n)
# [char] and string expansion are allowed under ConstrainedLanguage, the rest is not.
$lang = $ExecutionContext.SessionState.LanguageMode
if ("$lang" -ne 'FullLanguage') { "$([char]27)]7717;$n;L;$lang$([char]7)"; return }
$win = $env:OS -eq 'Windows_NT'
# Before the first output: the host keeps the writer it had then. Also the hidden console's code pages,
# which native programs go by. No byte order mark: 5.1 would send one to every program's input.
$utf8 = New-Object Text.UTF8Encoding $false
try { [Console]::OutputEncoding = $utf8; [Console]::InputEncoding = $utf8 } catch { }
# Tables are as wide as the pty of a Unix session. Without a terminal .NET takes the width of terminfo.
try {
  if ($win) {
    $raw = $Host.UI.RawUI
    $raw.BufferSize = New-Object Management.Automation.Host.Size 200, ([Math]::Max(300, $raw.BufferSize.Height))
  } else {
    $console = [Console].Assembly.GetType('System.ConsolePal')
    $info = $console.GetField('s_terminalFormatStringsInstance', 'NonPublic,Static').GetValue($null)
    $info = $info.GetType().GetProperty('Value').GetValue($info)
    $info.GetType().GetField('Columns', 'NonPublic,Public,Instance').SetValue($info, 200)
    $info.GetType().GetField('Lines', 'NonPublic,Public,Instance').SetValue($info, 50)
    $console.GetField('s_windowWidth', 'NonPublic,Static').SetValue($null, -1)
  }
} catch { }
# To the stream itself: a command may set another encoding, or another writer, for the console.
$stdout = [Console]::OpenStandardOutput()
function tell($letter, $fields) {
  $bytes = $utf8.GetBytes("$([char]27)]7717;$n;$letter;$($fields -replace '[\x00-\x1f]', '?')$([char]7)")
  [Console]::Out.Flush()
  $stdout.Write($bytes, 0, $bytes.Length)
  $stdout.Flush()
}
# The session: a runspace like the console's own, so that this loop is in none of its scopes, call
# stacks and try blocks (a try around a command makes 1/0 end it).
$initial = [initialsessionstate]::CreateDefault2()
HOST_PROMPTS
$rs = [runspacefactory]::CreateRunspace($Host, $initial)
if ($win) { $rs.ApartmentState = 'STA' }
$rs.ThreadOptions = 'ReuseThread'
$rs.Open()
$state = $rs.SessionStateProxy
$state.SetVariable('OutputEncoding', $utf8)
$state.SetVariable('ProgressPreference', 'SilentlyContinue')
$state.SetVariable('PROFILE', $PROFILE)
$errors = $state.GetVariable('Error')
$inner = $state.GetVariable('Host')
$style = $state.GetVariable('PSStyle')
if ($style) { $style.OutputRendering = 'PlainText' }
$nothing = New-Object 'Management.Automation.PSDataCollection[psobject]'
$nothing.Complete()
# Whoever asks to stop a command sets this off.
if ($win) {
  $pipe = New-Object IO.Pipes.NamedPipeServerStream "mcp-$n", 'In', 1, 'Byte', 'Asynchronous'
  $wait = $pipe.BeginWaitForConnection($null, $null)
  $knock = $wait.AsyncWaitHandle
} else {
  # A script block needs a runspace, which the thread of a signal has not; a compiled call does not.
  $knock = New-Object Threading.AutoResetEvent $false
  $set = [Linq.Expressions.Expression]::Call([Linq.Expressions.Expression]::Constant($knock), [Threading.EventWaitHandle].GetMethod('Set'))
  $context = [Linq.Expressions.Expression]::Parameter([Runtime.InteropServices.PosixSignalContext], 'context')
  $handler = [Linq.Expressions.Expression]::Lambda([Action[Runtime.InteropServices.PosixSignalContext]], $set, [Linq.Expressions.ParameterExpression[]]@($context)).Compile()
  $signal = [Runtime.InteropServices.PosixSignalRegistration]::Create('SIGWINCH', $handler)
}
$stdin = [Console]::OpenStandardInput()
# A line from the unbuffered stream, byte by byte: what stands behind it is not ours to take.
function line {
  $text = New-Object Text.StringBuilder
  for (;;) {
    $byte = $stdin.ReadByte()
    if ($byte -lt 0) { return $null }
    if ($byte -eq 10) { return $text.ToString() }
    if ($text.Length -lt 100) { $null = $text.Append([char]$byte) }
  }
}
# The process that carries the connection: the first one above us that is no shell, whatever server it
# belongs to; 'gone' where it ended before it was looked for. A channel without pty is not hung up: a
# command that reads no input would go on for ever.
function carrier {
  $id = $PID
  for ($i = 0; $i -lt 8; $i++) {
    if ($win) { $id = (Get-CimInstance Win32_Process -Filter "ProcessId=$id").ParentProcessId }
    else { $id = (Get-Process -Id $id).Parent.Id }
    if (-not $id -or $id -le 1) { return }
    $p = Get-Process -Id $id -ErrorAction SilentlyContinue
    if (-not $p) { if ($win) { return 'gone' } else { return } }
    if ($p.ProcessName -notmatch '^-?(\w{0,4}sh|cmd|conhost|powershell|busybox)$') { return $p }
  }
}
# What this command started. Stopping a pipeline leaves a native program alone that has the console.
function reap($since) {
  if ($win) {
    Get-CimInstance Win32_Process -Filter "ParentProcessId=$PID" |
      Where-Object { $_.Name -ne 'conhost.exe' -and $_.CreationDate -ge $since } |
      ForEach-Object { taskkill.exe /F /T /PID $_.ProcessId *> $null }
  } else {
    foreach ($p in [Diagnostics.Process]::GetProcesses()) {
      try {
        if ($p.Parent.Id -eq $PID -and $p.StartTime -ge $since) { $p.Kill($true) }
      } catch { }
    }
  }
}
# Whether a command is at a nested prompt, as the choice Suspend of a confirmation opens it: the next
# line is its last. Its way out throws what no catch catches, hence a task.
function leave {
  if (-not $global:NestedPromptLevel) { return $false }
  $null = [Threading.Tasks.Task]::Run([Action][Delegate]::CreateDelegate([Action], $inner, 'ExitNestedPrompt'))
  $true
}
# Whether PowerShell itself waits for standard input, or a copy of it; read(2) is 0 or 63. Where the
# system does not show that, it may.
function reads {
  try {
    $pipe = (New-Object IO.FileInfo '/proc/self/fd/0').LinkTarget
    if (-not $pipe) { return $true }
    foreach ($task in [IO.Directory]::GetDirectories('/proc/self/task')) {
      $call = [IO.File]::ReadAllText("$task/syscall") -split ' '
      if ($call[0] -ne '0' -and $call[0] -ne '63') { continue }
      $number = [Convert]::ToInt64($call[1], 16)
      if ((New-Object IO.FileInfo "/proc/self/fd/$number").LinkTarget -eq $pipe) { return $true }
    }
    return $false
  } catch { return $true }
}
# Where the session is now.
function place {
  $path = $state.Path.CurrentLocation.Path
  tell 'W' $path
  $files = $state.Path.CurrentFileSystemLocation.ProviderPath
  if ($files -ne $path) { tell 'F' $files }
}
# What ended a whole command: shown by the session, as the console does.
function show($why) {
  if ($why -is [Management.Automation.ParseException]) {
    if (-not $why.Errors) { [Console]::Out.WriteLine("ParserError: $($why.Message)") }
    foreach ($e in $why.Errors) {
      $at = $e.Extent
      [Console]::Out.WriteLine("ParserError: line $($at.StartLineNumber), character $($at.StartColumnNumber): $($e.Message)")
    }
    return
  }
  $record = $why.ErrorRecord
  if (-not $record) { $record = New-Object Management.Automation.ErrorRecord $why, 'mcp', 'NotSpecified', $null }
  $record | Add-Member NoteProperty writeErrorStream $true -Force
  $ps = [powershell]::Create()
  $ps.Runspace = $rs
  $null = $ps.AddCommand('Out-Default')
  try { $null = $ps.Invoke(@($record)) } catch { [Console]::Out.WriteLine("$why") }
  $ps.Dispose()
}
# On Windows this takes long, so there only a command that lasts asks.
$sshd = $null
$isSought = -not $win
if (-not $win) { try { $sshd = carrier } catch { } }
place
tell 'R' "$($PSVersionTable.PSVersion);$($PSVersionTable.PSEdition);$PID;$([Environment]::UserName)"
# What stops this loop, as a host's own Ctrl-C does, must not leave the console to read our requests.
try {
for (;;) {
  $line = line
  if ($null -eq $line) { [Environment]::Exit(0) }
  # Input that the last command did not read.
  if ($line -notmatch "^$n (\d+)( h)?$") { continue }
  # History, $? kept for the next command, and exit reported to us instead of only to the host.
  $how = New-Object Management.Automation.PSInvocationSettings
  $how.AddToHistory = -not $Matches[2]
  $how.ExposeFlowControlExceptions = $true
  $bytes = New-Object byte[] ([int]$Matches[1])
  for ($at = 0; $at -lt $bytes.Length; $at += $got) {
    $got = $stdin.Read($bytes, $at, $bytes.Length - $at)
    if ($got -le 0) { [Environment]::Exit(0) }
  }
  $text = $utf8.GetString($bytes)
  $codeBefore = $state.GetVariable('LASTEXITCODE')
  $errorBefore = $null
  if ($errors.Count) { $errorBefore = $errors[0] }
  # As the console runs a line: the script, its errors merged into its output, Out-Default. Native
  # programs have our handles then, unbuffered and undecoded.
  $ps = [powershell]::Create()
  $ps.Runspace = $rs
  $null = $ps.AddScript($text, $false)
  $ps.Commands.Commands[0].MergeMyResults('Error', 'Output')
  $null = $ps.AddCommand('Out-Default')
  $flags = ''
  $ticks = 0
  $patience = 1000
  $since = (Get-Date).AddSeconds(-1)
  # A stop that came too late for the command before.
  if (-not $win) { $null = $knock.Reset() }
  tell 'C' ''
  $run = $ps.BeginInvoke($nothing, $how, $null, $null)
  while (-not $run.IsCompleted) {
    $which = [Threading.WaitHandle]::WaitAny(@($run.AsyncWaitHandle, $knock), $patience)
    if ($which -eq 1) {
      tell 'S' ''
      if ($win) {
        $pipe.EndWaitForConnection($wait)
        $pipe.Disconnect()
        $wait = $pipe.BeginWaitForConnection($null, $null)
        $knock = $wait.AsyncWaitHandle
      }
      if (-not $flags) { $null = $ps.BeginStop($null, $null) }
      $flags = 's'
      $patience = 300
      $null = leave
      try { reap $since } catch { }
      if (reads) { tell 'B' '' }
    } elseif ($which -ne 0) {
      $ticks++
      if ((leave) -and -not $flags) {
        [Console]::Out.WriteLine('There is no nested prompt without a terminal; Enter goes back.')
        tell 'N' ''
      }
      try {
        # A program that began between the stop and the look for it.
        if ($flags -and $ticks % 3 -eq 1) {
          reap $since
          if (reads) { tell 'B' '' }
        }
        if (-not $isSought) {
          $isSought = $true
          $sshd = carrier
        }
        if ($sshd -and ($sshd -eq 'gone' -or $sshd.HasExited)) {
          try { reap $since } catch { }
          # Exit would wait for the command, which may be a loop that nothing stops.
          [Diagnostics.Process]::GetCurrentProcess().Kill()
        }
      } catch { }
    }
  }
  $why = $ps.InvocationStateInfo.Reason
  $ps.Dispose()
  if ($why -is [Management.Automation.ExitException]) {
    $status = [int]$why.Argument
    # wait(2) hands on eight bits.
    if (-not $win) { $status = $status -band 255 }
    tell 'D' "$status;x"
    [Environment]::Exit($status)
  }
  # A break or continue outside of a loop ends the command in silence, as in the console.
  $isFlow = $why -is [Management.Automation.FlowControlException]
  $isStopped = $why -is [Management.Automation.PipelineStoppedException]
  if ($why -and -not $isFlow -and -not $isStopped) { show $why }
  if ($why -is [Management.Automation.ParseException]) { $flags += 'p' }
  $code = $state.GetVariable('LASTEXITCODE')
  $errorAfter = $null
  if ($errors.Count) { $errorAfter = $errors[0] }
  # $? decides; a native program's code only where one ran: each sets the variable to another object.
  $isOld = [object]::ReferenceEquals($errorBefore, $errorAfter)
  $hasRun = -not [object]::ReferenceEquals($codeBefore, $code)
  if ($why -and -not $isFlow) { $status = 1 }
  elseif ($state.GetVariable('?')) { $status = 0 }
  elseif ($hasRun -and $code -is [int] -and $code -ne 0) { $status = $code }
  else { $status = 1 }
  # Nothing but comments leaves $? as it was.
  if ($status -and $isOld -and -not $why -and $text.TrimStart() -match '^(#|$)') {
    $tree = [Management.Automation.Language.Parser]::ParseInput($text, [ref]$null, [ref]$null)
    if (-not $tree.EndBlock.Statements.Count -and -not $tree.ProcessBlock) { $status = 0 }
  }
  place
  tell 'D' "$status;$flags"
}
} finally { [Environment]::Exit(1) }
} 'NONCE'
`;

/** The whole of what is typed to start the loop, with this nonce: no comments, one blank line at the end. */
export function bootstrapFor(nonce: string): string {
  const script = BOOTSTRAP.replace("HOST_PROMPTS\n", () => HOST_PROMPTS);
  const lines = script.split("\n").map((line) => line.trim());
  const kept = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return `${kept.join("\n").replace("'NONCE'", `'${nonce}'`)}\n\n`;
}

/** Whether a loop of this nonce reported itself, ready or not, in what was printed. */
export function hasReported(nonce: string, printed: string): boolean {
  return printed.includes(`]7717;${nonce};R;`) || printed.includes(`]7717;${nonce};L;`);
}

/** A request to the loop to run one command. */
export function requestFor(nonce: string, command: string, omitsHistory = false): Uint8Array {
  const encoder = new TextEncoder();
  const text = encoder.encode(command);
  const head = encoder.encode(`\n${nonce} ${text.length}${omitsHistory ? " h" : ""}\n`);
  const request = new Uint8Array(head.length + text.length);
  request.set(head);
  request.set(text, head.length);
  return request;
}
