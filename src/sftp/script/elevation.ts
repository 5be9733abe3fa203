/** As whom a script runs. */
export type Elevation =
  | { readonly kind: "none" }
  /** As root by sudo(8), or doas(1) where sudo is absent; the password only if it asks. */
  | { readonly kind: "sudo"; readonly password?: string | undefined };

/**
 * Runs the script that comes on standard input up to a line with a dot, after saying "ready".
 *
 * Its mark is what {@link bootstrapGuard} looks for.
 *
 * As one word in single quotes it means the same to POSIX shells, fish and csh: no line feed, no
 * quote, no backslash before a quote, no exclamation mark.
 */
function bootstrap(nonce: string, terminal: "pipe" | "pty"): string {
  const raw = terminal === "pty" ? "stty raw -echo; " : "";
  const loop = 'while IFS= read -r l; do case $l in .) break;; esac; printf "%s\\n" "$l"; done';
  return `${raw}BOOT=${nonce}; echo; echo ${nonce} ready; (eval "$(${loop})")`;
}

/**
 * The first line of every script: a far end that runs a shell in place of the command it is given
 * (sshd's ForceCommand) takes it for a command, and ends there and then.
 */
export function bootstrapGuard(nonce: string): string {
  return `[ "$BOOT" = ${nonce} ] || exit 1`;
}

/** The nonce of the bootstrap that runs as root. */
export function rootNonce(nonce: string): string {
  return `${nonce}root`;
}

/** The prompt of sudo(8) that nothing else prints. */
export function passwordPrompt(nonce: string): string {
  return `[${nonce} asks]`;
}

/**
 * The line that makes the far end run {@link bootstrap}; a restricted shell takes it too. The script
 * runs in a subshell, so that {@link overMark} is printed however it ends.
 */
export function bootstrapCommand(nonce: string, terminal: "pipe" | "pty"): string {
  return `sh -c '${bootstrap(nonce, terminal)}; echo; echo ${nonce} over'`;
}

/** The end of all output: a process of the start-up files may keep the channel open. */
export function overMark(nonce: string): string {
  return `\n${nonce} over\n`;
}

/** Options of sudo(8): it asks on standard error and reads standard input, or must not ask. */
export function sudoFlags(
  nonce: string,
  { hasPassword }: { readonly hasPassword: boolean },
): string {
  return hasPassword ? `-S -p '${passwordPrompt(nonce)}'` : "-n";
}

/**
 * The script that goes on as root with a bootstrap of its own, in messages of the C locale.
 *
 * Without a password nothing can ask for one (`-n`), so it ends at once.
 */
export function elevationScript(
  nonce: string,
  options: { readonly terminal: "pipe" | "pty"; readonly hasPassword: boolean },
): string {
  const boot = bootstrap(rootNonce(nonce), options.terminal);
  const asks = sudoFlags(nonce, options);
  const doasAsks = options.hasPassword ? "" : "-n";
  return [
    "LC_ALL=C; export LC_ALL",
    `boot='${boot}'`,
    `if command -v sudo >/dev/null 2>&1; then exec sudo ${asks} -- sh -c "$boot"`,
    `elif command -v doas >/dev/null 2>&1; then exec doas ${doasAsks} -- sh -c "$boot"`,
    `else echo; echo ${nonce} nosudo; exit 1; fi`,
  ].join("\n");
}
