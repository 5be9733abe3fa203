/**
 * The part of the loop's script that has the session's runspace read secrets as lines, and refuse a
 * nested prompt: commands, and methods of the host that hide its own. ASCII; `$initial` is the
 * InitialSessionState.
 */
export const HOST_PROMPTS = String
  .raw`# The console reads secrets key by key: without one it would stop this loop as Ctrl-C does.
$functions = @{
  'Read-Host' = {
    param([Parameter(Position = 0, ValueFromRemainingArguments = $true)][AllowEmptyString()][object]$Prompt, [switch]$AsSecureString, [switch]$MaskInput)
    $asked = @{}
    if ($PSBoundParameters.ContainsKey('Prompt')) { $asked.Prompt = $Prompt }
    if (-not $AsSecureString) { return Microsoft.PowerShell.Utility\Read-Host @asked }
    if ($asked.Count) { [Console]::Out.Write("$($Prompt): ") }
    $Host.UI.ReadLineAsSecureString()
  }
  'Get-Credential' = {
    param([Parameter(Position = 0)][object]$Credential, [string]$Message, [string]$UserName, [string]$Title)
    if ($Credential -is [Management.Automation.PSCredential]) { return $Credential }
    if ($Credential) { $UserName = "$Credential" }
    $Host.UI.PromptForCredential($Title, $Message, $UserName, '')
  }
}
foreach ($name in $functions.Keys) {
  $initial.Commands.Add((New-Object Management.Automation.Runspaces.SessionStateFunctionEntry $name, "$($functions[$name])"))
}
# The same for the host's own methods. A nested prompt would run its lines in this loop's runspace.
function hide($type, $methods) {
  $data = New-Object Management.Automation.Runspaces.TypeData "System.Management.Automation.Internal.Host.$type"
  foreach ($name in $methods.Keys) {
    $data.Members.Add($name, (New-Object Management.Automation.Runspaces.ScriptMethodData $name, ([scriptblock]::Create("$($methods[$name])"))))
  }
  $initial.Types.Add((New-Object Management.Automation.Runspaces.SessionStateTypeEntry $data, $false))
}
hide 'InternalHost' @{
  'EnterNestedPrompt' = { throw 'A session without a terminal has no nested prompt: print what is to be seen in the command itself' }
}
hide 'InternalHostUserInterface' @{
  'ReadLineAsSecureString' = {
    $secret = New-Object Security.SecureString
    foreach ($character in "$($this.ReadLine())".ToCharArray()) { $secret.AppendChar($character) }
    $secret
  }
  'PromptForCredential' = {
    param($caption, $message, $userName)
    foreach ($text in $caption, $message) { if ($text) { [Console]::Out.WriteLine("$text") } }
    if (-not $userName) {
      [Console]::Out.Write('User: ')
      $userName = $this.ReadLine()
    }
    [Console]::Out.Write("Password for user $($userName): ")
    New-Object Management.Automation.PSCredential $userName, $this.ReadLineAsSecureString()
  }
}
`;
