import { readBoundedFile } from "../config/bounded_file.ts";
import { ConfigError } from "../errors.ts";

const PREFIX = "MCP_SSH_SECRET_";
const FILE = "_FILE";
const NAME = /^[A-Z][A-Z0-9_]{0,99}$/;
const LIMIT_BYTES = 64 * 1024;

/** Variables that change how shells and programs work, and not what they work on. */
const RESERVED: ReadonlySet<string> = new Set(
  ("PATH IFS ENV HOME PWD OLDPWD SHELL SHLVL TERM TMPDIR TZ USER LOGNAME USERNAME MAIL MAILPATH " +
    "MAILCHECK CDPATH FPATH MANPATH MODULE_PATH INFOPATH ZDOTDIR SHELLOPTS PROMPT RPROMPT PROMPT2 " +
    "PROMPT3 PROMPT4 RPROMPT2 PS0 PS1 PS2 PS3 PS4 RPS1 RPS2 SPROMPT POSTEDIT OPTARG OPTIND OPTERR " +
    "UID EUID GID EGID PPID RANDOM SRANDOM SECONDS LINENO REPLY COLUMNS LINES GLOBIGNORE " +
    "EXECIGNORE FIGNORE FUNCNEST FUNCNAME GROUPS HOST HOSTNAME HOSTTYPE MACHTYPE OSTYPE DIRSTACK " +
    "DIRSTACKSIZE IGNOREEOF INPUTRC TIMEFORMAT TIMEFMT TMOUT VISUAL EDITOR PAGER LESSOPEN " +
    "LESSCLOSE FCEDIT POSIXLY_CORRECT WORDCHARS NULLCMD READNULLCMD KEYTIMEOUT LANG LANGUAGE " +
    "NLSPATH LOCPATH NODE_OPTIONS JAVA_TOOL_OPTIONS RUBYOPT RUBYLIB CHILD_MAX COPROC " +
    "EPOCHSECONDS EPOCHREALTIME ERRNO TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT TTY TTYIDLE VENDOR " +
    "CPUTYPE STTY ARGC LISTMAX LOGCHECK WATCH WATCHFMT BAUD HISTCHARS HISTCMD HISTCONTROL HISTFILE " +
    "HISTFILESIZE HISTIGNORE HISTSIZE HISTTIMEFORMAT HISTEDIT SAVEHIST PERLLIB PERL5OPT PERL5LIB " +
    "PERL5DB PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONINSPECT GCONV_PATH GETCONF_DIR " +
    "VIRTUAL_ENV").split(" "),
);
/** Beginnings and ends of more of them. */
const RESERVED_FORM =
  /^(?:LD_|DYLD_|BASH|LC_|PROMPT_|READLINE_|COMP_|ZSH_|ZLE_|KSH_|GIT_(?!.*TOKEN)|SUDO_|MCP_)|ASKPASS$/;

/** The place of a secret's value. */
type Source = { readonly value: string } | { readonly path: string };

/**
 * The operator's secrets by name: MCP_SSH_SECRET_<NAME>, or MCP_SSH_SECRET_<NAME>_FILE with the path
 * of a file, which is read each time.
 */
export class NamedSecrets {
  readonly #sources = new Map<string, Source>();

  /** @throws {ConfigError} At a name that no secret may have, or that is given twice. */
  constructor(environment: Readonly<Record<string, string>>) {
    for (const [variable, value] of Object.entries(environment)) {
      if (!variable.startsWith(PREFIX)) continue;
      const isFile = variable.endsWith(FILE) && variable.length > PREFIX.length + FILE.length;
      const name = variable.slice(PREFIX.length, isFile ? -FILE.length : undefined);
      checkName(name, variable);
      if (this.#sources.has(name)) {
        throw new ConfigError(
          `${PREFIX}${name} and ${PREFIX}${name}${FILE} are both set`,
          "Set one of them",
        );
      }
      this.#sources.set(name, isFile ? { path: value } : { value });
    }
  }

  /** In the order of the alphabet. */
  get names(): readonly string[] {
    return [...this.#sources.keys()].sort();
  }

  /**
   * The value of one of {@link names}.
   *
   * @throws {ConfigError} Where it cannot be read, or no variable can hold it.
   */
  async read(name: string): Promise<string> {
    const source = this.#sources.get(name);
    if (source === undefined) throw new TypeError(`no secret ${name}`);
    const value = "value" in source ? source.value : await readValue(name, source.path);
    if (value === "") throw unusable(name, "is empty");
    if (value.includes("\0")) throw unusable(name, "holds a NUL character");
    if (new TextEncoder().encode(value).length > LIMIT_BYTES) throw unusable(name, "is too long");
    return value;
  }
}

function checkName(name: string, variable: string): void {
  if (!NAME.test(name)) {
    throw new ConfigError(
      `${variable} names no secret`,
      `${PREFIX} is followed by a name of capital letters, digits and _, at most 100, a letter first`,
    );
  }
  if (!RESERVED.has(name) && !RESERVED_FORM.test(name)) return;
  throw new ConfigError(
    `${variable}: ${name} changes how shells or programs work, so it is no secret's name`,
    "Choose another name, and have the command use that",
  );
}

async function readValue(name: string, path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBoundedFile(path, LIMIT_BYTES + 1);
  } catch (error) {
    // Not the system's message: it names the path, which is the operator's.
    const why = error instanceof Error && error.name !== "Error" ? ` (${error.name})` : "";
    throw unusable(name, `cannot be read from its file${why}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.replace(/\n$/, "");
  } catch {
    throw unusable(name, "is not UTF-8");
  }
}

function unusable(name: string, fault: string): ConfigError {
  return new ConfigError(
    `The secret ${name} ${fault}; nothing was run`,
    `Whoever runs this server sets ${PREFIX}${name}, up to ${LIMIT_BYTES / 1024} KiB of text`,
  );
}
