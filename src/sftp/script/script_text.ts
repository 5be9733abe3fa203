/**
 * One shell assignment in printable ASCII on one line, whatever the value holds but NUL.
 *
 * Everything beyond plain characters goes as octal escapes of its UTF-8 bytes; the dot keeps line
 * feeds at the end, which command substitution would drop (POSIX XCU §2.6.3).
 */
export function assignment(name: string, value: string): string {
  if (/^[\w./:@%+=,-]*$/.test(value)) return `${name}='${value}'`;
  const escaped = Array.from(new TextEncoder().encode(value), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
  return `${name}=$(printf '${escaped}.'); ${name}=\${${name}%.}`;
}

/** `@{` stands for the shell's own dollar and brace. */
export function posixScript(text: TemplateStringsArray): string {
  return text.raw[0]!.replaceAll("@{", "${");
}

/** Words on lines of their own are told from file content by `$N`, which is random. */
export const PRELUDE: string = posixScript`
LC_ALL=C; export LC_ALL
set -f
trap '' PIPE
say() { printf '\n%s %s\n' "$N" "$*"; }
fail() { say error "$(printf %s "$*" | tr '\n' ' ')"; exit 1; }
kind() { say kind "$1"; exit 1; }
facts() {
  if f_=$(stat -L -c '%f %u %g %s %Y %h %U:%G' "$1" 2>/dev/null); then say facts hex $f_
  elif f_=$(stat -L -f '%Xp %u %g %z %m %l %Su:%Sg' "$1" 2>/dev/null); then say facts hex $f_
  else set -- $(ls -ldnL "$1"); say facts ls $1 $3 $4 $5 0 $2; fi
}
special() {
  if [ -d "$1" ]; then kind directory
  elif [ -p "$1" ]; then kind fifo
  elif [ -S "$1" ]; then kind socket
  elif [ -b "$1" ]; then kind 'block device'
  elif [ -c "$1" ]; then kind 'character device'
  fi
}
absent() { e=$(ls -ldL "$1" 2>&1) && e='No such file or directory'; }
case $p in /*) ;; *) p=./$p ;; esac
`;
