/** Lines that cmd.exe alone understands. */
const CMD_FORMS: readonly RegExp[] = [
  /^\s*@?echo\s+(?:off|on)\b/i,
  /^\s*@\w/,
  /^\s*(?:if\s+(?:\/i\s+)?(?:not\s+)?(?:exist|defined|errorlevel)\b|rem\b|setlocal\b|endlocal\b|goto\b|call\s)/i,
  /^\s*if\s+(?:\/i\s+)?(?:not\s+)?["%\w][^({]{0,200}==/i,
  /(?:^|[&(])\s*for\s+(?:\/[a-z]\s+)?(?:"[^"]{0,200}"\s+)?%{1,2}[A-Za-z]\b/i,
  /^\s*:\w/,
  /%~[A-Za-z]{0,8}[0-9A-Za-z]|%[0-9*](?:\s|$)/,
  /^\s*(?:cd|chdir|pushd)\s+\/d\b/i,
  /^\s*exit\s+\/b\b/i,
  /^\s*start\s+(?:""|"[^"]{0,200}"\s+\S|\/[a-z])/i,
  /^\s*(?:dir|copy|move|del|erase|rd|rmdir|md|mkdir|type|ren|rename|xcopy|vol|ver|assoc|ftype|mklink|title|color)\b(?:\s.{0,2000})?\s\/[a-z?-]/i,
  /^\s*(?:dir|copy|del|erase|rd|rmdir|md|mkdir|xcopy)\/[a-z?]/i,
  /^\s*(?:mklink|assoc|ftype|ver|vol|title|color|path)\s*(?:$|\S)/i,
  /\s[12]?>{1,2}\s?nul(?:\s|$)/i,
  /\^\s*(?:\n|$)/,
];

/** Lines that PowerShell takes for something else, and calls a success. */
const MISTAKEN: readonly (readonly [form: RegExp, instead: string])[] = [
  [/%[A-Za-z_][A-Za-z0-9_()]{0,60}%/, "write $env:NAME for %NAME%"],
  [
    /(?:^|[;&|]\s*)set\s+(?:\/[ap]\s+)?"?[A-Za-z_][\w.]{0,100}\s?=/i,
    "write $env:NAME = 'value' for set NAME=value",
  ],
  [
    /^\s*sc\s+(?:query|queryex|qc|start|stop|config|create|delete|failure|sdshow)\b/i,
    "sc is Set-Content here, the program is sc.exe",
  ],
];

/** Windows PowerShell 5.1 has no operators between commands but `;` and `|`. */
const CHAIN = /\s(?:&&|\|\||&)(?:\s|$)/;

/** A longer command is a script, which nobody wrote for cmd's command line. */
const LOOKED_AT_CHARS = 8_191;

/**
 * The advice on a command that looks as if it were written for cmd; undefined where it does not, or
 * hands its line to cmd already.
 */
export function cmdAdvice(
  command: string,
  end: { readonly isFailed: boolean; readonly edition: string },
): string | undefined {
  if (/\bcmd(?:\.exe)?\s+\/[a-z]/i.test(command)) return undefined;
  // A string in single quotes is meant as it stands.
  const bare = command.slice(0, LOOKED_AT_CHARS).replace(/'[^']*'/g, "''");
  const mistaken = MISTAKEN.find(([form]) => form.test(bare))?.[1];
  const isCmd = end.isFailed && CMD_FORMS.some((form) => form.test(bare));
  if (mistaken !== undefined || isCmd) {
    return "commands here are PowerShell, and this one looks like cmd's: run it as cmd /c '…', or " +
      (mistaken ?? "write it for PowerShell");
  }
  const isChain = end.isFailed && end.edition === "Desktop" && CHAIN.test(withoutStrings(bare));
  if (!isChain) return undefined;
  return "Windows PowerShell 5.1 has no && and ||: write a; if ($?) { b }, or run it as cmd /c '…'";
}

function withoutStrings(command: string): string {
  return command.replace(/"[^"]*"/g, '""');
}
