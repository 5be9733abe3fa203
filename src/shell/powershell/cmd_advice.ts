/** Lines that cmd.exe alone understands, or that PowerShell takes for something else. */
const CMD_FORMS: readonly RegExp[] = [
  /%[A-Za-z_][A-Za-z0-9_()]{0,60}%/,
  /^\s*@?echo\s+(?:off|on)\b/i,
  /^\s*(?:if\s+(?:not\s+)?(?:exist|defined|errorlevel)\b|rem\b|setlocal\b|endlocal\b|goto\b)/i,
  /^\s*for\s+(?:\/[a-z]\s+)?(?:"[^"]{0,200}"\s+)?%{1,2}[A-Za-z]\b/i,
  /^\s*set\s+(?:\/[ap]\s+)?\w{1,100}\s?=/i,
  /^\s*(?:dir|copy|move|del|erase|rd|rmdir|md|mkdir|type|ren|xcopy|vol|ver|assoc|ftype|mklink)\b(?:\s.{0,2000})?\s\/[a-z?]/i,
  /^\s*(?:mklink|assoc|ftype|ver|vol)\s*(?:$|\S)/i,
  /\s2?>\s?nul(?:\s|$)/i,
];

/** A longer command is a script, which nobody wrote for cmd's command line. */
const LOOKED_AT_CHARS = 8_191;

/** A variable that PowerShell prints as it stands, and calls it a success. */
const EXPANDED = CMD_FORMS[0]!;

/**
 * The advice on a command that looks as if it were written for cmd; undefined where it does not, or
 * hands its line to cmd already.
 */
export function cmdAdvice(
  command: string,
  end: { readonly isFailed: boolean },
): string | undefined {
  if (/\bcmd(?:\.exe)?\s+\/[a-z]/i.test(command)) return undefined;
  const forms = end.isFailed ? CMD_FORMS : [EXPANDED];
  // A string in single quotes is meant as it stands.
  const bare = command.slice(0, LOOKED_AT_CHARS).replace(/'[^']*'/g, "''");
  const isCmd = forms.some((form) => form.test(bare));
  if (!isCmd) return undefined;
  return "commands here are PowerShell, and this one looks like cmd's: run it as cmd /c '…', or " +
    "write $env:NAME for %NAME%";
}
