import { type Argument, type Word, WORDS } from "./words.ts";

/** Shells that completions are written for. */
export const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/** Names of words in two parts are completed part by part. */
interface Place {
  /** Words before the one that is completed. */
  readonly before: string;
  readonly offers: Argument["offers"];
}

const FIRSTS = [...new Set(WORDS.map(({ name }) => name.split(" ")[0]!))];

function places(): readonly Place[] {
  const parts = WORDS.map(({ name }) => name.split(" ")).filter(({ length }) => length === 2);
  const seconds = [...new Set(parts.map(([before]) => before!))].map((before) => ({
    before,
    offers: parts.filter(([first]) => first === before).map(([, second]) => second!),
  }));
  const all = ["--help", "--version"];
  return [{ before: "", offers: [...FIRSTS, ...all] }, ...seconds, ...WORDS.flatMap(placesOf)];
}

function placesOf({ name, takes, options }: Word): readonly Place[] {
  const offers = name === "help" ? FIRSTS : takes[0]?.offers ?? options;
  return offers.length === 0 ? [] : [{ before: name, offers }];
}

function bash(): string {
  const cases = places().map(({ before, offers }) => `    '${before}') ${bashOffer(offers)} ;;`);
  return `# bash completions of mcp-ssh-session
_mcp_ssh_session() {
  local cur=\${COMP_WORDS[COMP_CWORD]}
  local before="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  COMPREPLY=()
  case $before in
${cases.join("\n")}
  esac
}
complete -F _mcp_ssh_session mcp-ssh-session
`;
}

function bashOffer(offers: Argument["offers"]): string {
  if (offers === "files") {
    return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")';
  }
  const words = offers === "hosts" ? `$(${HOSTS})` : offers.join(" ");
  const quote = offers === "hosts" ? '"' : "'";
  return `mapfile -t COMPREPLY < <(compgen -W ${quote}${words}${quote} -- "$cur")`;
}

/** Aliases without wildcards, as the files name them; Include is left to the program itself. */
const HOSTS =
  "sed -n 's/^[[:space:]]*[Hh]ost[[:space:]=]\\{1,\\}//p' ~/.ssh/config /etc/ssh/ssh_config 2>/dev/null" +
  " | tr -s ' \\t' '\\n\\n' | grep -v '[*?!]' | sort -u";

function zsh(): string {
  const cases = places().map(({ before, offers }) => `    '${before}') ${zshOffer(offers)} ;;`);
  return `#compdef mcp-ssh-session
_mcp_ssh_session() {
  local before="\${(j: :)words[2,CURRENT-1]}"
  case $before in
${cases.join("\n")}
  esac
}
compdef _mcp_ssh_session mcp-ssh-session
`;
}

function zshOffer(offers: Argument["offers"]): string {
  if (offers === "files") return "_files";
  return offers === "hosts" ? `compadd -- \${(f)"$(${HOSTS})"}` : `compadd -- ${offers.join(" ")}`;
}

function fish(): string {
  const summaries = new Map(WORDS.map(({ name, summary }) => [name, summary]));
  const lines = places().flatMap(({ before, offers }) => {
    const at = `complete -c mcp-ssh-session -n '__mcp_ssh_session_after "${before}"'`;
    if (offers === "files") return [`${at} -F`];
    if (offers === "hosts") return [`${at} -f -a "(__fish_print_hostnames)"`];
    return offers.map((word) => {
      const summary = summaries.get(before === "" ? word : `${before} ${word}`);
      return `${at} -f -a ${word}${summary === undefined ? "" : ` -d "${summary}"`}`;
    });
  });
  return `# fish completions of mcp-ssh-session
function __mcp_ssh_session_after
  set -l typed (commandline -opc)
  test "$typed[2..-1]" = "$argv[1]"
end
complete -c mcp-ssh-session -f
${lines.join("\n")}
`;
}
